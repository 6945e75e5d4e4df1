"""Whom the kiosk trusts."""

from binascii import a2b_base64


def trusting(storage, ca):
    """Return an SSLContext that trusts the organisation's CA and nobody else.

    ca: certificates in PEM, or the name of the file that has them.
    """
    import ssl

    if "-----BEGIN" not in ca:
        ca = storage.read(ca).decode()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED
    for part in ca.split("-----BEGIN CERTIFICATE-----")[1:]:
        # As DER, which every board can read.
        context.load_verify_locations(cadata=a2b_base64(part.split("-----END")[0]))
    return context
