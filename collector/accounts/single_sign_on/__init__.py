"""Single sign-on: the organisation's own provider says who somebody is (OpenID Connect, authorization code flow with
PKCE, state and nonce).

provider  what is asked of the provider, and whether its answer can be believed
matching  whose account somebody is whom the provider names
views     there, and back
"""
