// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
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
	if len(c.prepared) < 80 {
		t.Errorf("only %d statements were seen", len(c.prepared))
	}
	for text := range c.prepared {
		rows, err := s.db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, make([]any, strings.Count(text, "$"))...)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		plan := planOf(t, rows)
		// The first two have a row or two, the third is all refusals, which are counted, and the
		// others are what was found.
		plan = strings.NewReplacer("SCAN a USING INDEX audit_events_refused", "", "SCAN organizations", "", "SCAN signing_keys", "", "SCAN page", "", "SCAN CONSTANT ROW", "").Replace(plan)
		if strings.Contains(plan, "SCAN") {
			t.Errorf("%s\n%s", text, plan)
		}
	}
}

// TestCascades: what refers to a row that is deleted is found by an index.
func TestCascades(t *testing.T) {
	t.Parallel()
	s := opened(t, engines["file"](t))
	rows, err := s.db.QueryContext(t.Context(), `
		SELECT 0, 0, 0, t.name || ' WHERE ' || f."from" || ' = ?'
		FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'`)
	if err != nil {
		t.Fatal(err)
	}
	references := strings.Split(strings.TrimSpace(planOf(t, rows)), "\n")
	if len(references) < 18 {
		t.Errorf("only %d references were seen", len(references))
	}
	for _, r := range references {
		rows, err := s.db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN DELETE FROM "+r, "")
		if err != nil {
			t.Fatalf("%s: %v", r, err)
		}
		if plan := planOf(t, rows); strings.Contains(plan, "SCAN") {
			t.Errorf("%s\n%s", r, plan)
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
		_, _ = tx.Role(ctx, iam.RoleScope{}, "")
		_, _ = tx.RoleByID(ctx, "")
		_, _ = tx.Roles(ctx, iam.RoleScope{})
		_, _ = tx.RoleHolders(ctx, "")
		_ = tx.UpdateRole(ctx, h.role)
		everyProjectStatement(ctx, tx, h)
		_, _ = tx.Identity(ctx, h.identity.ID, noon)
		_, _, _ = tx.Identities(ctx, iam.IdentityQuery{})
		_, _, _ = tx.Identities(ctx, iam.IdentityQuery{OrderBy: iam.ByRole, AnyOf: []iam.IdentityMatch{{
			NameContains: []string{"x"}, NameIn: []string{"x"}, RoleIn: []string{"x"},
		}}})
		_ = tx.UpdateIdentity(ctx, h.identity)
		_ = tx.RecordLogin(ctx, "", "", noon)
		_, _ = tx.UniversalAuth(ctx, "")
		_, _ = tx.UniversalAuthByClientID(ctx, "")
		_ = tx.UpdateUniversalAuth(ctx, h.universal)
		_, _ = tx.OIDCAuth(ctx, "")
		_ = tx.InsertOIDCAuth(ctx, newOIDCAuth(h.identity.ID))
		_ = tx.UpdateOIDCAuth(ctx, newOIDCAuth(h.identity.ID))
		_, _ = tx.TokenAuth(ctx, "")
		_ = tx.InsertTokenAuth(ctx, newTokenAuth(h.identity.ID))
		_ = tx.UpdateTokenAuth(ctx, newTokenAuth(h.identity.ID))
		_, _ = tx.AccessToken(ctx, "")
		_, _ = tx.AccessTokens(ctx, "x", "x", 1, 0)
		_ = tx.NameAccessToken(ctx, h.token.ID, "", noon)
		_ = tx.DeleteOIDCAuth(ctx, h.identity.ID)
		_ = tx.DeleteTokenAuth(ctx, h.identity.ID)
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
		_, _ = tx.DeleteExpiredAccessTokens(ctx, noon, 1)
		_, _ = tx.DeleteForgottenLockouts(ctx, noon, 1)
		_, _ = tx.SpentClientSecrets(ctx, noon, "", 1)
		_, _ = tx.DeleteSpentClientSecret(ctx, "", noon)
		_ = tx.InsertAuditEvent(ctx, newAuditEvent(noon))
		_, _ = tx.AuditEvents(ctx, iam.AuditQuery{Limit: 1})
		_, _ = tx.AuditEvents(ctx, iam.AuditQuery{ProjectID: "x", IdentityID: "x", Types: []string{"x"}, Until: noon, Limit: 1})
		_, _ = tx.DeleteAuditEvents(ctx, noon, 1)
		_ = tx.DeleteRefusals(ctx, 1)
		_ = tx.DeleteUniversalAuth(ctx, "")
		_ = tx.DeleteRole(ctx, "")
		return tx.DeleteIdentity(ctx, h.identity.ID)
	})
	return lastUsed(t, writers(h.store.(*Store)))
}

func writers(s *Store) *pool {
	if w, ok := s.writer.(*transactions); ok {
		return w.conns
	}
	return s.writer.(*groups).conns
}

// lastUsed answers the connection that was put back last.
func lastUsed(t *testing.T, p *pool) (last *conn) {
	t.Helper()
	for range len(p.idle) {
		c := <-p.idle
		if last == nil || c.idle.After(last.idle) {
			last = c
		}
		p.idle <- c
	}
	return last
}

func everyProjectStatement(ctx context.Context, tx iam.Tx, h *house) {
	_, _ = tx.Project(ctx, h.project.ID)
	_, _ = tx.ProjectBySlug(ctx, "", "")
	_, _ = tx.Projects(ctx, "", "")
	_ = tx.UpdateProject(ctx, h.project)
	_ = tx.UpdateEnvironment(ctx, h.project.Environments[0])
	_, _ = tx.ProjectMembership(ctx, h.project.ID, h.identity.ID)
	_, _ = tx.ProjectMembershipByID(ctx, "")
	for _, q := range []iam.MembershipQuery{
		{ProjectID: "x"}, {IdentityID: "x"}, {ProjectID: "x", IdentityID: "x", NameContains: "x", RoleIn: []string{"x"}, Descending: true},
	} {
		_, _, _ = tx.ProjectMemberships(ctx, q)
	}
	for _, by := range []iam.IdentityOrder{iam.ByName, iam.ByRole} {
		_, _, _ = tx.SearchMemberships(ctx, iam.MembershipSearch{InOrganization: true, ProjectIDs: []string{"x"}, OrderBy: by, AnyOf: []iam.IdentityMatch{{
			NameContains: []string{"x"}, RoleIn: []string{"x"},
		}}}, noon)
		_, _, _ = tx.SearchMemberships(ctx, iam.MembershipSearch{OrganizationID: h.organization.ID, InOrganization: true, OrderBy: by, Limit: 1}, noon)
	}
	_, _ = tx.ProjectIDs(ctx, "", "")
	_, _ = tx.ProjectIDs(ctx, "", "x")
	_ = tx.ReplaceMembershipRoles(ctx, h.membership)
	_, _ = tx.Privilege(ctx, "")
	_, _ = tx.PrivilegeBySlug(ctx, "", "", "")
	_, _ = tx.Privileges(ctx, "", "")
	_, _ = tx.Privileges(ctx, "x", "")
	_ = tx.UpdatePrivilege(ctx, h.privilege)
	_ = tx.DeletePrivilege(ctx, "")
	_ = tx.DeleteProjectMembership(ctx, "")
	_ = tx.DeleteEnvironment(ctx, "")
	_ = tx.DeleteProject(ctx, "")
}
