"""The stations and vehicles of the factory."""

from __future__ import annotations

from aps.modules import ACTIVE_MODULES, BY_NAME, BY_SERIAL, CHRG, DPS, MODULES, name_of


def test_serial_numbers_and_names_are_unique():
    assert len(BY_SERIAL) == len(BY_NAME) == len(MODULES) == 6


def test_the_charger_is_the_only_station_that_does_not_speak():
    assert set(MODULES) - set(ACTIVE_MODULES) == {CHRG}


def test_a_serial_number_gets_a_name_for_people():
    assert name_of(DPS.serial) == "DPS"
    assert name_of("5iO4") == "AGV-1"
    assert name_of("leJ4") == "AGV-2"
    assert name_of("unheard-of") == "unheard-of"
