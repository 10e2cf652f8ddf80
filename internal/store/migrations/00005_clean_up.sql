-- What the clean-up looks for.

-- +goose Up
CREATE INDEX access_tokens_by_expiry ON access_tokens (expires_at);
CREATE INDEX lockouts_by_end ON lockouts (forgotten_at);
