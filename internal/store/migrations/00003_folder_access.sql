-- +goose Up

-- Access of a member to one folder. Folders are not stored.
CREATE TABLE folder_access (
    id             BYTETEXT NOT NULL PRIMARY KEY,
    membership_id  BYTETEXT NOT NULL REFERENCES project_memberships (id) ON DELETE CASCADE,
    environment_id BYTETEXT NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
    path           BYTETEXT NOT NULL,
    level          TEXT     NOT NULL,
    window_range   TEXT     NOT NULL,
    window_start   BIGINT   NOT NULL,
    window_end     BIGINT   NOT NULL,
    created_at     BIGINT   NOT NULL,
    updated_at     BIGINT   NOT NULL,
    UNIQUE (membership_id, environment_id, path)
);

CREATE INDEX folder_access_environment ON folder_access (environment_id, path);
