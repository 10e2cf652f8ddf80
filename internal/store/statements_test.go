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

// TestPlans checks that every statement finds its rows by an index.
func TestPlans(t *testing.T) {
	t.Parallel()
	s := opened(t, engines["file"](t))
	h := seed(t, s)
	for text := range everyStatement(t, h) {
		rows, err := s.db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, make([]any, strings.Count(text, "$"))...)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		plan := planOf(t, rows)
		// These scan all denied requests, which are bounded, tables of a row or two, and rows of the page.
		plan = strings.NewReplacer("SCAN a USING INDEX audit_events_refused", "", "SCAN organizations", "", "SCAN signing_keys", "", "SCAN page", "", "SCAN CONSTANT ROW", "").Replace(plan)
		if strings.Contains(plan, "SCAN") {
			t.Errorf("%s\n%s", text, plan)
		}
	}
}

// TestCascades checks that the rows that refer to a deleted one are found by an index.
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

// recorder collects the texts of statements.
type recorder struct {
	executor
	texts map[string]bool
}

func (r recorder) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	r.texts[text] = true
	return r.executor.ExecContext(ctx, text, args...)
}

func (r recorder) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	r.texts[text] = true
	return r.executor.QueryContext(ctx, text, args...)
}

// everyStatement runs every statement once and returns their texts.
func everyStatement(t *testing.T, h *fixture) map[string]bool {
	t.Helper()
	ctx, r := t.Context(), recorder{texts: map[string]bool{}}
	h.write(func(tx iam.Tx) error {
		r.executor = asTx(tx).sql
		asTx(tx).sql = r
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
		_, _ = tx.AuthMethod(ctx, "", "")
		_, _ = tx.AuthMethodByClientID(ctx, "", "")
		_ = tx.UpdateAuthMethod(ctx, h.universal)
		_, _ = tx.AccessToken(ctx, "")
		_, _ = tx.AccessTokens(ctx, "x", "x", 1, 0)
		_ = tx.NameAccessToken(ctx, h.token.ID, "", noon)
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
		_ = tx.DeleteAuthMethod(ctx, "", "")
		_ = tx.DeleteRole(ctx, "")
		return tx.DeleteIdentity(ctx, h.identity.ID)
	})
	if len(r.texts) < 75 {
		t.Errorf("only %d statements ran", len(r.texts))
	}
	return r.texts
}

func everyProjectStatement(ctx context.Context, tx iam.Tx, h *fixture) {
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
	_ = tx.ReplaceMembershipRoles(ctx, h.membership)
	_, _ = tx.Privilege(ctx, "")
	_, _ = tx.PrivilegeBySlug(ctx, "", "", "")
	_, _ = tx.Privileges(ctx, "", "")
	_, _ = tx.Privileges(ctx, "x", "")
	_ = tx.UpdatePrivilege(ctx, h.privilege)
	_ = tx.DeletePrivilege(ctx, "")
	_, _ = tx.FolderAccesses(ctx, iam.FolderAccessQuery{IdentityID: "x"})
	_, _ = tx.FolderAccesses(ctx, iam.FolderAccessQuery{ProjectID: "x", EnvironmentID: "x", Path: "/"})
	_, _ = tx.FolderAccesses(ctx, iam.FolderAccessQuery{ProjectID: "x", IdentityID: "x", EnvironmentID: "x", Path: "/"})
	_ = tx.UpdateFolderAccess(ctx, h.folderAccess)
	_ = tx.DeleteFolderAccess(ctx, "")
	_ = tx.DeleteProjectMembership(ctx, "")
	_ = tx.DeleteEnvironment(ctx, "")
	_ = tx.DeleteProject(ctx, "")
}
