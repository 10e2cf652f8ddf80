// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import "slices"

// Condition keys that several subjects have.
var (
	environmentKey       = ConditionKey{"environment", exactGlob}
	exactEnvironmentKey  = ConditionKey{"environment", exact}
	secretPathKey        = ConditionKey{secretPath, exactGlob}
	connectionKey        = ConditionKey{"connectionId", exact}
	nameKey              = ConditionKey{"name", exactGlob}
	assignableRoleKey    = ConditionKey{"assignableRole", exactGlob}
	assignableSubjectKey = ConditionKey{"assignableSubject", exactGlob}
	assignableActionKey  = ConditionKey{"assignableAction", exactGlob} // as subject:action
)

// projectTable has every subject of a project. Contract: section 4.5.
var projectTable = table{
	Role:                            plain(crud...),
	Settings:                        plain(crud...),
	"integrations":                  plain(crud...),
	"webhooks":                      plain(crud...),
	"service-tokens":                plain(crud...),
	"environments":                  plain(crud...),
	"tags":                          plain(crud...),
	"ip-allowlist":                  plain(crud...),
	"pki-alerts":                    plain(crud...),
	"pki-collections":               plain(crud...),
	"ssh-certificate-authorities":   plain(crud...),
	"ssh-certificates":              plain(crud...),
	"ssh-certificate-templates":     plain(crud...),
	"ssh-host-groups":               plain(crud...),
	"pam-folders":                   plain(crud...),
	"pam-resources":                 plain(crud...),
	"secret-approval":               plain(with(crud, "allow-change-bypass", "allow-access-bypass")...),
	"secret-approval-request":       plain(Read),
	"member":                        {actions: with(crud, GrantPrivileges, "assume-privileges", AssignRole, AssignAdditionalPrivileges), keys: []ConditionKey{{"userEmail", exactGlob}, assignableRoleKey, assignableSubjectKey, assignableActionKey}},
	"groups":                        {actions: with(crud, GrantPrivileges, AssignRole), keys: []ConditionKey{{"groupName", exactGlob}, assignableRoleKey}},
	Identity:                        conditional(with(crud, GrantPrivileges, "assume-privileges", RevokeAuth, CreateToken, GetToken, DeleteToken, AssignRole, AssignAdditionalPrivileges, EditAuth), ConditionKey{"identityId", exact}, assignableRoleKey, assignableSubjectKey, assignableActionKey),
	Workspace:                       plain(Edit, Delete),
	"kms":                           plain(Edit),
	"cmek":                          plain(with(crud, "encrypt", "decrypt", "sign", "verify", "export-private-key")...),
	"audit-logs":                    plain(Read),
	Secrets:                         conditional([]string{Read, DescribeSecret, ReadValue, Create, Edit, Delete}, environmentKey, secretPathKey, ConditionKey{"secretName", exactGlob}, ConditionKey{secretTags, []string{In, AllOf}}, ConditionKey{"eventType", exact}),
	"secret-folders":                conditional(crud, exactEnvironmentKey, secretPathKey),
	"secret-imports":                conditional(crud, environmentKey, secretPathKey),
	"dynamic-secrets":               conditional([]string{"read-root-credential", "create-root-credential", "edit-root-credential", "delete-root-credential", "lease"}, environmentKey, secretPathKey, ConditionKey{metadata, []string{ElemMatch}}),
	"secret-rotation":               conditional(with(crud, "read-generated-credentials", "rotate-secrets"), exactEnvironmentKey, secretPathKey, connectionKey),
	"secret-syncs":                  conditional(with(crud, "sync-secrets", "import-secrets", "remove-secrets"), environmentKey, secretPathKey, connectionKey),
	"secret-events":                 conditional([]string{"subscribe-on-created", "subscribe-on-updated", "subscribe-on-deleted", "subscribe-on-import-mutations"}, environmentKey, secretPathKey),
	"secret-event-subscriptions":    conditional([]string{"subscribe-to-creation-events", "subscribe-to-update-events", "subscribe-to-deletion-events", "subscribe-to-import-mutation-events"}, environmentKey, secretPathKey),
	"secret-rollback":               plain(Read, Create),
	"commits":                       plain(Read, "perform-rollback"),
	"app-connections":               conditional([]string{"read-app-connections", "create-app-connections", "edit-app-connections", "delete-app-connections", "connect-app-connections"}, connectionKey),
	"certificate-authorities":       conditional(with(crud, "renew", "sign-intermediate", "issue-ca-certificate"), nameKey),
	"certificates":                  conditional(with(crud, "read-private-key", "import"), ConditionKey{"commonName", exactGlob}, ConditionKey{"altNames", exactGlob}, ConditionKey{"serialNumber", exactGlob}, ConditionKey{"friendlyName", exactGlob}, ConditionKey{"status", exactGlob}),
	"certificate-templates":         conditional(with(crud, "issue-cert", "list-certs"), nameKey),
	"pki-subscribers":               conditional(with(crud, "issue-cert", "list-certs"), ConditionKey{"name", positive}),
	"certificate-profiles":          conditional(with(crud, "issue-cert", "reveal-acme-eab-secret", "rotate-acme-eab-secret"), ConditionKey{"slug", exactGlob}),
	"pki-syncs":                     conditional(with(crud, "sync-certificates", "import-certificates", "remove-certificates"), nameKey, ConditionKey{"subscriberName", exactGlob}),
	"ssh-hosts":                     conditional(with(crud, "issue-host-cert"), ConditionKey{"hostname", positive}),
	"kmip":                          plain("create-clients", "update-clients", "delete-clients", "read-clients", "generate-client-certificates"),
	"secret-scanning-data-sources":  plain("read-data-sources", "create-data-sources", "edit-data-sources", "delete-data-sources", "trigger-data-source-scans", "read-data-source-scans", "read-data-source-resources"),
	"secret-scanning-findings":      plain("read-findings", "update-findings"),
	"secret-scanning-configs":       plain("read-configs", "update-configs"),
	"pam-accounts":                  conditional(with(crud, "access"), ConditionKey{"resourceName", exactGlob}, ConditionKey{"accountName", exactGlob}, ConditionKey{"accountPath", exactGlob}),
	"pam-sessions":                  plain(Read),
	"approval-requests":             plain(Read, Create),
	"approval-request-grants":       plain(Read, "revoke"),
	"certificate-policies":          plain(crud...),
	"pki-discovery":                 plain(with(crud, "run-scan")...),
	"pki-certificate-installations": plain(Read, Edit, Delete),
}

// projectRoles are the built-in roles of a project. Contract: section 4.6.
var projectRoles = []BuiltInRole{
	{Slug: Admin, Name: "Admin", Rules: projectTable.everything()},
	{Slug: Member, Name: "Member", Rules: projectMember},
	{Slug: Viewer, Name: "Viewer", Rules: projectViewer},
	{Slug: NoAccess, Name: "No Access", Rules: Rules{}},
}

var projectMember = slices.Concat(
	projectTable.all(Secrets, "secret-folders", "secret-imports", "dynamic-secrets", "commits", "integrations", "webhooks",
		"service-tokens", Settings, "environments", "tags", "secret-syncs", "pki-syncs", "cmek",
		"secret-events", "secret-event-subscriptions"),
	Rules{
		{Subject: Identity, Actions: crud},
		{Subject: "member", Actions: []string{Read, Create}},
		{Subject: "secret-rollback", Actions: []string{Read, Create}},
		{Subject: "certificates", Actions: with(crud, "import")},
		{Subject: "certificate-profiles", Actions: crud},
		{Subject: "ssh-certificates", Actions: []string{Read, Create}},
		{Subject: "secret-scanning-data-sources", Actions: []string{"read-data-sources", "trigger-data-source-scans", "read-data-source-scans", "read-data-source-resources"}},
		{Subject: "secret-scanning-findings", Actions: []string{"read-findings", "update-findings"}},
		{Subject: "secret-scanning-configs", Actions: []string{"read-configs"}},
		{Subject: "app-connections", Actions: []string{"connect-app-connections"}},
		{Subject: "pam-accounts", Actions: []string{"access", Read}},
		{Subject: "approval-requests", Actions: []string{Create}},
	},
	reading("groups", Role, "audit-logs", "ip-allowlist", "secret-approval", "secret-rotation", "pki-alerts", "pki-collections",
		"certificate-authorities", "certificate-templates", "ssh-hosts", "ssh-certificate-templates", "pki-subscribers",
		"pam-folders", "pam-resources"),
)

var projectViewer = slices.Concat(
	Rules{
		{Subject: Secrets, Actions: []string{DescribeSecret, ReadValue}},
		{Subject: "dynamic-secrets", Actions: []string{"read-root-credential"}},
		{Subject: "secret-scanning-data-sources", Actions: []string{"read-data-sources", "read-data-source-scans", "read-data-source-resources"}},
		{Subject: "secret-scanning-findings", Actions: []string{"read-findings"}},
		{Subject: "secret-scanning-configs", Actions: []string{"read-configs"}},
	},
	reading("secret-folders", "secret-imports", "secret-approval", "secret-rollback", "secret-rotation", "member", "groups", Role,
		"integrations", "webhooks", Identity, "service-tokens", Settings, "environments", "tags", "audit-logs", "ip-allowlist",
		"certificate-authorities", "certificates", "certificate-templates", "cmek", "ssh-certificates", "ssh-certificate-templates",
		"secret-syncs", "pki-syncs", "commits", "pam-folders", "pam-resources", "pam-accounts", "pam-sessions"),
	projectTable.all("secret-events", "secret-event-subscriptions"),
)
