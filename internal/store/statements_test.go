package store

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// TestPlans: every statement finds its rows by an index.
func TestPlans(t *testing.T) {
	t.Parallel()
	s := opened(t, engines["file"](t))
	h := furnish(t, s)
	c := everyStatement(t, h)
	if len(c.prepared) < 25 {
		t.Errorf("only %d statements were seen", len(c.prepared))
	}
	for text := range c.prepared {
		rows, err := s.db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, make([]any, strings.Count(text, "$"))...)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		plan := planOf(t, rows)
		// These two have a row or two.
		plan = strings.NewReplacer("SCAN organizations", "", "SCAN signing_keys", "").Replace(plan)
		if strings.Contains(plan, "SCAN") {
			t.Errorf("%s\n%s", text, plan)
		}
	}
}

func planOf(t *testing.T, rows *sql.Rows) string {
	t.Helper()
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(detail + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}

// everyStatement does everything once on one connection and answers it.
func everyStatement(t *testing.T, h *house) *conn {
	t.Helper()
	ctx := t.Context()
	h.write(func(tx iam.Tx) error {
		_, _ = tx.Organization(ctx)
		_, _ = tx.SigningKeys(ctx)
		_, _ = tx.Role(ctx, "", "")
		_, _ = tx.Identity(ctx, h.identity.ID, noon)
		_ = tx.UpdateIdentity(ctx, h.identity)
		_ = tx.RecordLogin(ctx, "", "", noon)
		_, _ = tx.UniversalAuth(ctx, "")
		_, _ = tx.UniversalAuthByClientID(ctx, "")
		_ = tx.UpdateUniversalAuth(ctx, h.universal)
		_, _ = tx.ClientSecret(ctx, "", "")
		_, _ = tx.ClientSecretByDigest(ctx, "", iam.Digest{})
		_, _ = tx.ClientSecrets(ctx, "")
		_, _ = tx.UseClientSecret(ctx, "", noon)
		_ = tx.RevokeClientSecret(ctx, "", noon)
		_, _ = tx.Lockout(ctx, "", "")
		_ = tx.DeleteLockout(ctx, "", "")
		_, _ = tx.Bearer(ctx, "")
		_, _ = tx.UseAccessToken(ctx, "", noon)
		_ = tx.RenewAccessToken(ctx, "", noon, noon)
		for _, m := range []iam.TokenMatch{{ID: "x"}, {ClientSecretID: "x"}, {IdentityID: "x", Method: "x"}} {
			_, _ = tx.RevokeAccessTokens(ctx, m, iam.Revocation{At: noon})
		}
		_ = tx.DeleteUniversalAuth(ctx, "")
		return tx.DeleteIdentity(ctx, h.identity.ID)
	})
	c, err := h.store.(*Store).writer.(*groups).conns.get(ctx)
	if err != nil {
		t.Fatal(err)
	}
	h.store.(*Store).writer.(*groups).conns.put(c)
	return c
}
