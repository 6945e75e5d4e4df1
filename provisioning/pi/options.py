"""What `smilepost provision pi` can be told, beside where the collector is."""

import argparse
from pathlib import Path


def add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--store", required=True, help="name of the store")
    command.add_argument("--touchpoint", required=True, help="name of the touchpoint in it")
    command.add_argument(
        "--boot", type=Path, required=True, metavar="FOLDER", help="the card's drive “bootfs”, or an empty folder"
    )
    command.add_argument("--kiosk", help="its id; default: what the card is already, else one made from both names")
    command.add_argument("--ssh-key", type=Path, metavar="FILE", help="public key of who signs in; default: yours")
    command.add_argument("--user", default="technician", help="default: technician")
    command.add_argument(
        "--password-hash-file", type=Path, metavar="FILE", help="let a password in, too; default: none"
    )
    command.add_argument("--wifi", metavar="NAME", help="the shop's Wi-Fi; default: by cable")
    command.add_argument("--wifi-password-file", type=Path, metavar="FILE", help="default: it is asked for")
    command.add_argument("--wifi-security", choices=("wpa2", "wpa3"), default="wpa2", help="default: wpa2")
    command.add_argument("--open-wifi", action="store_true", help="it has no password")
    command.add_argument("--country", help="two letters, for the radio's channels; default: the store's")
    command.add_argument("--locale", default="", help="of who signs in, for example uk_UA.UTF-8; default: the image's")
    command.add_argument(
        "--screen", action=argparse.BooleanOptionalAction, default=True, help="default: a touch screen"
    )
    command.add_argument("--printer", metavar="ADDRESS", help="a printer beside it, for example usb:///dev/usb/lp0")
    command.add_argument("--printer-profile", default="epson-80", help="its kind; default: epson-80")
