"""Raspberry Pi: the files of a card's boot partition that make it a kiosk at its first start.

    card        writes them: `smilepost provision pi`
    plan        what a technician wants of it
    cloud       what cloud-init of Raspberry Pi OS is told: user, network, and to begin
    carried     the program that goes along
    first_boot  what runs on the Raspberry Pi at its first start; nothing else here does

Nothing is imported here: `first_boot` goes onto the card without the rest.
"""
