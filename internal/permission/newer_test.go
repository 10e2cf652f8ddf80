// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"slices"
	"strings"
	"testing"
)

// newerTable has the rows of the contract's appendix on newer servers, section 2: subjects with the actions
// and condition keys that servers of autumn 2026 accept and older ones do not. "-" is what they no longer
// accept, "~" an inert subject, "!" one that may be inverted, and "key=" the operators of a condition key.
var newerTable = map[Scope]string{
	Project: `
pam-folders -
pam-resources -
pam-accounts -
pam-sessions -
secret-events -
secret-event-subscriptions ! connectionId=$eq,$ne,$in
ssh-certificate-authorities ~
ssh-certificates ~
ssh-certificate-templates ~
ssh-hosts ~
ssh-host-groups ~
mcp-endpoints ~
mcp-servers ~
mcp-activity-logs ~
secret-approval create read edit delete -allow-change-bypass -allow-access-bypass
certificate-authorities -renew
cmek generate-mac verify-mac rotate
app-connections rotate-credentials
pki-syncs set-post-sync-command set-health-check-command set-target-host
certificate-profiles manage-application-attachments
member ! assignableRole=$eq,$ne,$in
groups ! assignableRole=$eq,$ne,$in
identity ! assignableRole=$eq,$ne,$in
commits ! environment=$eq,$ne,$in,$glob secretPath=$eq,$ne,$in,$glob
certificate-policies ! name=$eq,$ne,$in,$glob
secret-rotation environment=$eq,$ne,$in,$glob
secrets secretTags=$in,$all
certificates metadata=$elemMatch
secret-folders create read edit delete -manage-access
insights read generate-report delete-report
certificate-inventory-views create read edit delete
code-signers create read edit delete sign
hsm-connectors read-hsm-connectors create-hsm-connectors edit-hsm-connectors delete-hsm-connectors test-hsm-connectors attach-hsm-connectors
honey-tokens ! read read-credentials create edit reset revoke environment=$eq,$ne,$in,$glob secretPath=$eq,$ne,$in,$glob
proxied-services ! create read edit delete proxy report-usage environment=$eq,$ne,$in,$glob secretPath=$eq,$ne,$in,$glob
project-folder-grant ! read-grant create-grant revoke-grant environment=$eq,$ne,$in,$glob secretPath=$eq,$ne,$in,$glob
agent-vault-access-bundles ! create read edit delete manage-members
agent-vault-sessions ! read create revoke
agent-vault-proxies ! create read edit delete revoke
certificate-application ! read list create`,
	Organization: `
project request-access
member grant-privileges
sso bypass-sso-enforcement
sub-organization edit delete
app-connections rotate-credentials
gateway revoke-gateway-access
relay revoke-relay-access
kmip -setup
gateway-pool create-gateway-pools list-gateway-pools edit-gateway-pools delete-gateway-pools attach-gateway-pools
kmip-server create-kmip-servers list-kmip-servers edit-kmip-servers delete-kmip-servers revoke-kmip-server-access
email-domains read create verify-domain delete
certificate-manager read manage-instance manage-settings
honey-tokens setup
oauth-clients create read edit delete
secrets-management-insights read generate-report delete-report`,
}

func TestTablesOfNewerServers(t *testing.T) {
	t.Parallel()
	for scope, rows := range newerTable {
		for row := range strings.Lines(strings.TrimSpace(rows)) {
			fields := strings.Fields(row)
			subject, known := tables[scope][fields[0]]
			for _, field := range fields[1:] {
				ok := false
				switch key, operators, isKey := strings.Cut(field, "="); {
				case field == "-":
					ok = !known && Replacement(scope, fields[0], "") != ""
				case field == "~":
					ok = subject.inert
				case field == "!":
					ok = subject.inverts && !subject.inert
				case isKey:
					n := slices.IndexFunc(subject.keys, func(k ConditionKey) bool { return k.Name == key })
					ok = n >= 0 && strings.Join(subject.keys[n].Operators, ",") == operators
				case field[0] == '-':
					ok = !slices.Contains(subject.actions, field[1:]) && Replacement(scope, fields[0], field[1:]) != ""
				default:
					ok = slices.Contains(subject.actions, field)
				}
				if !ok {
					t.Errorf("%s %s of the %s", fields[0], field, scope)
				}
			}
		}
	}
	if p, o := len(Subjects(Project)), len(Subjects(Organization)); p != 63 || o != 33 {
		t.Errorf("the project has %d subjects, the organization %d", p, o)
	}
}

// TestReplacements: what is gone is in no table, and its error names what to write instead.
func TestReplacements(t *testing.T) {
	t.Parallel()
	for scope, gone := range replacements {
		for name, hint := range gone {
			subject, action, isAction := strings.Cut(name, ":")
			if !isAction {
				action = Read
			}
			_, err := Parse(scope, []byte(`[{"subject":"`+subject+`","action":"`+action+`"}]`))
			if err == nil || !strings.HasSuffix(err.Error(), hint) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestInertSubjects: rules on them are accepted and allow nothing, so anybody may write them.
func TestInertSubjects(t *testing.T) {
	t.Parallel()
	rules := parse(t, `read,issue-host-cert ssh-hosts`)
	if rules.Allow(Permission{Read, "ssh-hosts"}, nil) || len(Rules{}.Missing(rules)) > 0 {
		t.Error("a rule on ssh-hosts has an effect")
	}
}
