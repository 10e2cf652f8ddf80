-- BYTETEXT is text that is compared and ordered by its bytes. SQLite takes any type with TEXT in
-- its name for text, and orders it so. Elsewhere it is a domain that is made before this runs.

-- +goose Up
CREATE TABLE organizations (
    id         BYTETEXT NOT NULL PRIMARY KEY,
    name       TEXT     NOT NULL,
    slug       TEXT     NOT NULL,
    created_at BIGINT   NOT NULL,
    the_only   BIGINT   NOT NULL DEFAULT 1 UNIQUE CHECK (the_only = 1)
);

CREATE TABLE signing_keys (
    id         BYTETEXT NOT NULL PRIMARY KEY,
    secret     TEXT     NOT NULL,
    created_at BIGINT   NOT NULL
);

CREATE TABLE org_roles (
    id              BYTETEXT NOT NULL PRIMARY KEY,
    organization_id BYTETEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    slug            BYTETEXT NOT NULL CHECK (slug <> ''),
    name            TEXT     NOT NULL,
    description     TEXT     NOT NULL,
    permissions     TEXT     NOT NULL,
    created_at      BIGINT   NOT NULL,
    updated_at      BIGINT   NOT NULL,
    UNIQUE (organization_id, slug)
);

-- The role is a built-in one, by its slug, or a custom one, by its id.
CREATE TABLE identities (
    id                    BYTETEXT NOT NULL PRIMARY KEY,
    organization_id       BYTETEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name                  BYTETEXT NOT NULL,
    name_folded           BYTETEXT NOT NULL,
    delete_protection     BIGINT   NOT NULL,
    created_at            BIGINT   NOT NULL,
    updated_at            BIGINT   NOT NULL,
    membership_id         BYTETEXT NOT NULL UNIQUE,
    role_slug             BYTETEXT NOT NULL,
    role_id               BYTETEXT REFERENCES org_roles (id),
    membership_created_at BIGINT   NOT NULL,
    membership_updated_at BIGINT   NOT NULL,
    last_login_method     TEXT     NOT NULL,
    last_login_at         BIGINT   NOT NULL,
    CHECK ((role_slug = '') = (role_id IS NOT NULL))
);
CREATE INDEX identities_by_name ON identities (organization_id, name, id);
CREATE INDEX identities_by_role ON identities (role_id);

CREATE TABLE identity_metadata (
    id          BYTETEXT NOT NULL PRIMARY KEY,
    identity_id BYTETEXT NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    position    BIGINT   NOT NULL,
    key         TEXT     NOT NULL,
    value       TEXT     NOT NULL,
    UNIQUE (identity_id, position)
);

CREATE TABLE universal_auths (
    id                          BYTETEXT NOT NULL PRIMARY KEY,
    identity_id                 BYTETEXT NOT NULL UNIQUE REFERENCES identities (id) ON DELETE CASCADE,
    client_id                   BYTETEXT NOT NULL UNIQUE,
    access_token_ttl            BIGINT   NOT NULL,
    access_token_max_ttl        BIGINT   NOT NULL,
    access_token_period         BIGINT   NOT NULL,
    access_token_num_uses_limit BIGINT   NOT NULL,
    access_token_trusted_ips    TEXT     NOT NULL,
    client_secret_trusted_ips   TEXT     NOT NULL,
    lockout_enabled             BIGINT   NOT NULL,
    lockout_threshold           BIGINT   NOT NULL,
    lockout_duration            BIGINT   NOT NULL,
    lockout_counter_reset       BIGINT   NOT NULL,
    created_at                  BIGINT   NOT NULL,
    updated_at                  BIGINT   NOT NULL
);

CREATE TABLE client_secrets (
    id                BYTETEXT NOT NULL PRIMARY KEY,
    universal_auth_id BYTETEXT NOT NULL REFERENCES universal_auths (id) ON DELETE CASCADE,
    description       TEXT     NOT NULL,
    prefix            TEXT     NOT NULL,
    digest            BYTETEXT NOT NULL,
    ttl               BIGINT   NOT NULL,
    num_uses          BIGINT   NOT NULL,
    num_uses_limit    BIGINT   NOT NULL,
    revoked           BIGINT   NOT NULL,
    last_used_at      BIGINT   NOT NULL,
    created_at        BIGINT   NOT NULL,
    updated_at        BIGINT   NOT NULL,
    UNIQUE (universal_auth_id, digest)
);

CREATE TABLE lockouts (
    identity_id  BYTETEXT NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    method       BYTETEXT NOT NULL,
    failures     BIGINT   NOT NULL,
    forgotten_at BIGINT   NOT NULL,
    locked_until BIGINT   NOT NULL,
    PRIMARY KEY (identity_id, method)
);

-- A token outlives the client secret it was given out for, to say why it is refused.
CREATE TABLE access_tokens (
    id                BYTETEXT NOT NULL PRIMARY KEY,
    identity_id       BYTETEXT NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    method            BYTETEXT NOT NULL,
    client_secret_id  BYTETEXT NOT NULL,
    ttl               BIGINT   NOT NULL,
    max_ttl           BIGINT   NOT NULL,
    period            BIGINT   NOT NULL,
    num_uses          BIGINT   NOT NULL,
    num_uses_limit    BIGINT   NOT NULL,
    created_at        BIGINT   NOT NULL,
    renewed_at        BIGINT   NOT NULL,
    expires_at        BIGINT   NOT NULL,
    last_used_at      BIGINT   NOT NULL,
    revoked_at        BIGINT   NOT NULL,
    revocation_reason TEXT     NOT NULL
);
CREATE INDEX access_tokens_by_client_secret ON access_tokens (client_secret_id);
CREATE INDEX access_tokens_by_method ON access_tokens (identity_id, method);
