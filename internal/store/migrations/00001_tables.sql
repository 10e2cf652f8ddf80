-- BYTETEXT is text that is compared by its bytes. SQLite treats any type whose name contains TEXT as
-- text, and compares it so. In PostgreSQL it is a domain that is created before this runs.

-- +goose Up
CREATE TABLE organizations (
    id         BYTETEXT NOT NULL PRIMARY KEY,
    name       TEXT     NOT NULL,
    slug       TEXT     NOT NULL,
    admin_id   BYTETEXT NOT NULL,
    created_at BIGINT   NOT NULL,
    the_only   BIGINT   NOT NULL DEFAULT 1 UNIQUE CHECK (the_only = 1)
);

CREATE TABLE signing_keys (
    id         BYTETEXT NOT NULL PRIMARY KEY,
    secret     TEXT     NOT NULL,
    created_at BIGINT   NOT NULL
);

CREATE TABLE projects (
    id                BYTETEXT NOT NULL PRIMARY KEY,
    organization_id   BYTETEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name              BYTETEXT NOT NULL,
    slug              BYTETEXT NOT NULL,
    description       TEXT     NOT NULL,
    type              TEXT     NOT NULL,
    delete_protection BIGINT   NOT NULL,
    settings          TEXT     NOT NULL,
    created_at        BIGINT   NOT NULL,
    updated_at        BIGINT   NOT NULL,
    UNIQUE (organization_id, slug)
);

CREATE TABLE environments (
    id         BYTETEXT NOT NULL PRIMARY KEY,
    project_id BYTETEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name       TEXT     NOT NULL,
    slug       BYTETEXT NOT NULL,
    position   BIGINT   NOT NULL,
    created_at BIGINT   NOT NULL,
    updated_at BIGINT   NOT NULL,
    deleted_at BIGINT   NOT NULL, -- 0: not deleted
    deleted_by BYTETEXT NOT NULL  -- an identity, which may no longer exist; empty: not deleted
);

-- A deleted environment does not keep its slug.
CREATE UNIQUE INDEX environments_slug ON environments (project_id, slug) WHERE deleted_at = 0;
CREATE INDEX environments_by_project ON environments (project_id);
CREATE INDEX environments_deleted ON environments (deleted_at) WHERE deleted_at > 0;

-- A role belongs to the organization or, if it has a project_id, to that project. A role in use cannot
-- be deleted: references to it have no ON DELETE.
CREATE TABLE roles (
    id              BYTETEXT NOT NULL PRIMARY KEY,
    organization_id BYTETEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    project_id      BYTETEXT REFERENCES projects (id) ON DELETE CASCADE,
    slug            BYTETEXT NOT NULL CHECK (slug <> ''),
    name            TEXT     NOT NULL,
    description     TEXT     NOT NULL,
    permissions     TEXT     NOT NULL,
    created_at      BIGINT   NOT NULL,
    updated_at      BIGINT   NOT NULL
);
CREATE UNIQUE INDEX roles_by_slug ON roles (organization_id, (COALESCE(project_id, '')), slug);
CREATE INDEX roles_by_project ON roles (project_id);

-- An identity belongs to the organization or, if it has a project_id, to that project. Its role is a
-- built-in one (role_slug) or a custom one (role_id).
CREATE TABLE identities (
    id                    BYTETEXT NOT NULL PRIMARY KEY,
    organization_id       BYTETEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    project_id            BYTETEXT REFERENCES projects (id) ON DELETE CASCADE,
    name                  BYTETEXT NOT NULL,
    name_folded           BYTETEXT NOT NULL,
    delete_protection     BIGINT   NOT NULL,
    created_at            BIGINT   NOT NULL,
    updated_at            BIGINT   NOT NULL,
    membership_id         BYTETEXT NOT NULL UNIQUE,
    role_slug             BYTETEXT NOT NULL,
    role_id               BYTETEXT REFERENCES roles (id),
    membership_created_at BIGINT   NOT NULL,
    membership_updated_at BIGINT   NOT NULL,
    last_login_method     TEXT     NOT NULL,
    last_login_at         BIGINT   NOT NULL,
    CHECK ((role_slug = '') = (role_id IS NOT NULL))
);
CREATE INDEX identities_by_name ON identities (organization_id, (COALESCE(project_id, '')), name, id);
CREATE INDEX identities_by_project ON identities (project_id);
CREATE INDEX identities_by_role ON identities (role_id);

CREATE TABLE identity_metadata (
    id          BYTETEXT NOT NULL PRIMARY KEY,
    identity_id BYTETEXT NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    position    BIGINT   NOT NULL,
    key         TEXT     NOT NULL,
    value       TEXT     NOT NULL,
    UNIQUE (identity_id, position)
);

CREATE TABLE project_memberships (
    id          BYTETEXT NOT NULL PRIMARY KEY,
    project_id  BYTETEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    identity_id BYTETEXT NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    created_at  BIGINT   NOT NULL,
    updated_at  BIGINT   NOT NULL,
    UNIQUE (project_id, identity_id)
);
CREATE INDEX project_memberships_by_identity ON project_memberships (identity_id);

-- A role without a window is permanent. project_id serves only the deletion of a project: a cascade
-- runs level by level, and these rows must be deleted before the roles that they refer to.
CREATE TABLE membership_roles (
    id            BYTETEXT NOT NULL PRIMARY KEY,
    membership_id BYTETEXT NOT NULL REFERENCES project_memberships (id) ON DELETE CASCADE,
    project_id    BYTETEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    position      BIGINT   NOT NULL,
    role_slug     BYTETEXT NOT NULL,
    role_id       BYTETEXT REFERENCES roles (id),
    window_range  TEXT     NOT NULL,
    window_start  BIGINT   NOT NULL,
    window_end    BIGINT   NOT NULL,
    created_at    BIGINT   NOT NULL,
    updated_at    BIGINT   NOT NULL,
    UNIQUE (membership_id, position),
    CHECK ((role_slug = '') = (role_id IS NOT NULL))
);
CREATE INDEX membership_roles_by_project ON membership_roles (project_id);
CREATE INDEX membership_roles_by_role ON membership_roles (role_id, membership_id);

CREATE TABLE privileges (
    id            BYTETEXT NOT NULL PRIMARY KEY,
    membership_id BYTETEXT NOT NULL REFERENCES project_memberships (id) ON DELETE CASCADE,
    slug          BYTETEXT NOT NULL,
    permissions   TEXT     NOT NULL,
    window_range  TEXT     NOT NULL,
    window_start  BIGINT   NOT NULL,
    window_end    BIGINT   NOT NULL,
    created_at    BIGINT   NOT NULL,
    updated_at    BIGINT   NOT NULL,
    UNIQUE (membership_id, slug)
);

-- The configuration of an auth method on an identity. What only that method has is in settings, as
-- JSON. The client ID is NULL for methods whose logins name the identity.
CREATE TABLE auth_methods (
    id                          BYTETEXT NOT NULL PRIMARY KEY,
    identity_id                 BYTETEXT NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    method                      BYTETEXT NOT NULL,
    client_id                   BYTETEXT,
    access_token_ttl            BIGINT   NOT NULL,
    access_token_max_ttl        BIGINT   NOT NULL,
    access_token_period         BIGINT   NOT NULL,
    access_token_num_uses_limit BIGINT   NOT NULL,
    access_token_trusted_ips    TEXT     NOT NULL,
    lockout_enabled             BIGINT   NOT NULL,
    lockout_threshold           BIGINT   NOT NULL,
    lockout_duration            BIGINT   NOT NULL,
    lockout_counter_reset       BIGINT   NOT NULL,
    settings                    TEXT     NOT NULL,
    created_at                  BIGINT   NOT NULL,
    updated_at                  BIGINT   NOT NULL,
    UNIQUE (identity_id, method),
    UNIQUE (method, client_id)
);

CREATE TABLE client_secrets (
    id                BYTETEXT NOT NULL PRIMARY KEY,
    universal_auth_id BYTETEXT NOT NULL REFERENCES auth_methods (id) ON DELETE CASCADE,
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
CREATE INDEX lockouts_by_end ON lockouts (forgotten_at);

-- A token outlives its client secret, so that the API can return why it was revoked.
CREATE TABLE access_tokens (
    id                BYTETEXT NOT NULL PRIMARY KEY,
    identity_id       BYTETEXT NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    method            BYTETEXT NOT NULL,
    client_secret_id  BYTETEXT NOT NULL,
    name              TEXT     NOT NULL,
    claims            TEXT     NOT NULL,
    ttl               BIGINT   NOT NULL,
    max_ttl           BIGINT   NOT NULL,
    period            BIGINT   NOT NULL,
    num_uses          BIGINT   NOT NULL,
    num_uses_limit    BIGINT   NOT NULL,
    created_at        BIGINT   NOT NULL,
    updated_at        BIGINT   NOT NULL,
    renewed_at        BIGINT   NOT NULL,
    expires_at        BIGINT   NOT NULL,
    last_used_at      BIGINT   NOT NULL,
    revoked_at        BIGINT   NOT NULL,
    revocation_reason TEXT     NOT NULL
);
CREATE INDEX access_tokens_by_client_secret ON access_tokens (client_secret_id);
CREATE INDEX access_tokens_by_method ON access_tokens (identity_id, method, created_at, id);
CREATE INDEX access_tokens_by_expiry ON access_tokens (expires_at);
