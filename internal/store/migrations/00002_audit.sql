-- +goose Up
-- IDs are those at the time of the event, and may no longer exist: hence no references.
CREATE TABLE audit_events (
    id               BYTETEXT NOT NULL PRIMARY KEY,
    at               BIGINT   NOT NULL,
    type             BYTETEXT NOT NULL,
    project_id       BYTETEXT NOT NULL,
    identity_id      BYTETEXT NOT NULL,
    identity_name    TEXT     NOT NULL,
    token_id         BYTETEXT NOT NULL,
    client_secret_id BYTETEXT NOT NULL,
    targets          TEXT     NOT NULL,
    request_id       TEXT     NOT NULL,
    address          TEXT     NOT NULL,
    user_agent       TEXT     NOT NULL,
    refusal          TEXT     NOT NULL,
    reason           TEXT     NOT NULL,
    attempts         BIGINT   NOT NULL
);
CREATE INDEX audit_events_by_time ON audit_events (at, id);
CREATE INDEX audit_events_refused ON audit_events (at, id) WHERE refusal <> '';
