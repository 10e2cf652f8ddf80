// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

// The tables of what servers of autumn 2026 accept in rules. Contract: sections 4.4 and 4.5, and
// section 2 of the appendix on newer servers.

// Sets of operators.
var (
	exact     = []string{Eq, Ne, In}
	exactGlob = []string{Eq, Ne, In, Glob}
	positive  = []string{Eq, In, Glob}
)

// Condition keys that several subjects have.
var (
	environmentKey = ConditionKey{Name: "environment", Operators: exactGlob}
	secretPathKey  = ConditionKey{Name: secretPath, Operators: exactGlob}
	connectionKey  = ConditionKey{Name: "connectionId", Operators: exact}
	nameKey        = ConditionKey{Name: "name", Operators: exactGlob}

	// With assign-role, and with assign-additional-privileges.
	assignableRoleKey    = ConditionKey{Name: "assignableRole", Operators: exact, Actions: []string{AssignRole, GrantPrivileges}}
	assignableSubjectKey = ConditionKey{Name: assignableSubject, Operators: exactGlob, Actions: []string{AssignAdditionalPrivileges, GrantPrivileges}}
	assignableActionKey  = ConditionKey{Name: assignableAction, Operators: exactGlob, Actions: []string{AssignAdditionalPrivileges, GrantPrivileges}}
)

// projectTable has the subjects of a project, by product.
var projectTable = table{
	// Access
	"member": conditional(with(crud, GrantPrivileges, "assume-privileges", AssignRole, AssignAdditionalPrivileges),
		ConditionKey{Name: "userEmail", Operators: exactGlob, Actions: []string{Read, Edit, Delete, GrantPrivileges, "assume-privileges", AssignRole, AssignAdditionalPrivileges}},
		assignableRoleKey, assignableSubjectKey, assignableActionKey),
	"groups": conditional(with(crud, GrantPrivileges, AssignRole),
		ConditionKey{Name: "groupName", Operators: exactGlob, Actions: []string{Read, Edit, Delete, GrantPrivileges, AssignRole}},
		assignableRoleKey),
	Identity: conditional(with(crud, GrantPrivileges, "assume-privileges", RevokeAuth, CreateToken, GetToken, DeleteToken, AssignRole, AssignAdditionalPrivileges, EditAuth),
		ConditionKey{Name: "identityId", Operators: exact, Actions: []string{Read, Edit, Delete, GrantPrivileges, "assume-privileges", RevokeAuth, CreateToken, GetToken, DeleteToken, AssignRole, AssignAdditionalPrivileges, EditAuth}},
		assignableRoleKey, assignableSubjectKey, assignableActionKey),
	Role:                      plain(crud...),
	"service-tokens":          plain(crud...),
	"approval-requests":       plain(Read, Create),
	"approval-request-grants": plain(Read, "revoke"),

	// Project
	Workspace:      plain(Edit, Delete),
	Settings:       plain(crud...),
	"environments": plain(crud...),
	"tags":         plain(crud...),
	"webhooks":     plain(crud...),
	"integrations": plain(crud...),
	"ip-allowlist": plain(crud...),
	"audit-logs":   plain(Read),
	"insights":     plain(Read, "generate-report", "delete-report"),
	"app-connections": conditional([]string{"read-app-connections", "create-app-connections", "edit-app-connections", "delete-app-connections",
		"connect-app-connections", "rotate-credentials"}, connectionKey),

	// Secrets
	Secrets: conditional([]string{Read, DescribeSecret, ReadValue, Create, Edit, Delete}, environmentKey, secretPathKey,
		ConditionKey{Name: "secretName", Operators: exactGlob}, ConditionKey{Name: secretTags, Operators: []string{In, AllOf}}, ConditionKey{Name: "eventType", Operators: exact}),
	"secret-folders": {actions: crud, builtIn: []string{ManageAccess}, inverts: true,
		keys: []ConditionKey{{Name: "environment", Operators: exact}, secretPathKey}},
	"secret-imports": conditional(crud, environmentKey, secretPathKey),
	"dynamic-secrets": conditional([]string{"read-root-credential", "create-root-credential", "edit-root-credential", "delete-root-credential", "lease"},
		environmentKey, secretPathKey, ConditionKey{Name: metadata, Operators: []string{ElemMatch}, Entries: exact}),
	"secret-rotation": conditional(with(crud, "read-generated-credentials", "rotate-secrets"), environmentKey, secretPathKey, connectionKey),
	"secret-syncs":    conditional(with(crud, "sync-secrets", "import-secrets", "remove-secrets"), environmentKey, secretPathKey, connectionKey),
	"secret-event-subscriptions": conditional([]string{"subscribe-to-creation-events", "subscribe-to-update-events", "subscribe-to-deletion-events",
		"subscribe-to-import-mutation-events"}, environmentKey, secretPathKey, connectionKey),
	"secret-approval":         plain(crud...),
	"secret-approval-request": plain(Read),
	"secret-rollback":         plain(Read, Create),
	"commits":                 conditional([]string{Read, "perform-rollback"}, environmentKey, secretPathKey),
	"honey-tokens":            conditional([]string{Read, "read-credentials", Create, Edit, "reset", "revoke"}, environmentKey, secretPathKey),
	"proxied-services":        conditional(with(crud, "proxy", "report-usage"), environmentKey, secretPathKey),
	"project-folder-grant":    conditional([]string{"read-grant", "create-grant", "revoke-grant"}, environmentKey, secretPathKey),

	// Secret scanning
	"secret-scanning-data-sources": plain("read-data-sources", "create-data-sources", "edit-data-sources", "delete-data-sources",
		"trigger-data-source-scans", "read-data-source-scans", "read-data-source-resources"),
	"secret-scanning-findings": plain("read-findings", "update-findings"),
	"secret-scanning-configs":  plain("read-configs", "update-configs"),

	// Keys
	"kms":  plain(Edit),
	"cmek": plain(with(crud, "encrypt", "decrypt", "sign", "verify", "export-private-key", "generate-mac", "verify-mac", "rotate")...),
	"kmip": plain("create-clients", "update-clients", "delete-clients", "read-clients", "generate-client-certificates"),
	"hsm-connectors": plain("read-hsm-connectors", "create-hsm-connectors", "edit-hsm-connectors", "delete-hsm-connectors",
		"test-hsm-connectors", "attach-hsm-connectors"),

	// Certificates
	"certificate-authorities": conditional(with(crud, "sign-intermediate", "issue-ca-certificate"), nameKey),
	"certificates": conditional(with(crud, "read-private-key", "import"),
		ConditionKey{Name: "commonName", Operators: exactGlob}, ConditionKey{Name: "altNames", Operators: exactGlob}, ConditionKey{Name: "serialNumber", Operators: exactGlob},
		ConditionKey{Name: "friendlyName", Operators: exactGlob}, ConditionKey{Name: "status", Operators: exactGlob},
		ConditionKey{Name: metadata, Operators: []string{ElemMatch}, Entries: []string{Eq, In}}),
	"certificate-templates": conditional(with(crud, "issue-cert", "list-certs"), nameKey),
	"certificate-profiles": conditional(with(crud, "issue-cert", "reveal-acme-eab-secret", "rotate-acme-eab-secret", "manage-application-attachments"),
		ConditionKey{Name: "slug", Operators: exactGlob}),
	"certificate-policies":        conditional(crud, nameKey),
	"certificate-inventory-views": plain(crud...),
	"certificate-application":     conditional([]string{Read, "list", Create}),
	"pki-subscribers":             conditional(with(crud, "issue-cert", "list-certs"), ConditionKey{Name: "name", Operators: positive}),
	"pki-syncs": conditional(with(crud, "sync-certificates", "import-certificates", "remove-certificates",
		"set-post-sync-command", "set-health-check-command", "set-target-host"), nameKey, ConditionKey{Name: "subscriberName", Operators: exactGlob}),
	"pki-alerts":                    plain(crud...),
	"pki-collections":               plain(crud...),
	"pki-discovery":                 plain(with(crud, "run-scan")...),
	"pki-certificate-installations": plain(Read, Edit, Delete),
	"code-signers":                  plain(with(crud, "sign")...),

	// Agent vault
	"agent-vault-access-bundles": conditional(with(crud, "manage-members")),
	"agent-vault-sessions":       conditional([]string{Read, Create, "revoke"}),
	"agent-vault-proxies":        conditional(with(crud, "revoke")),

	// Accepted with any action, and without effect: the products are gone.
	"ssh-certificate-authorities": inert(crud...),
	"ssh-certificates":            inert(crud...),
	"ssh-certificate-templates":   inert(crud...),
	"ssh-hosts":                   inert(with(crud, "issue-host-cert")...),
	"ssh-host-groups":             inert(crud...),
	"mcp-endpoints":               inert(crud...),
	"mcp-servers":                 inert(crud...),
	"mcp-activity-logs":           inert(Read),
}

// organizationTable has the subjects of an organization. Only app-connections takes conditions.
var organizationTable = table{
	// Access
	"member": plain(with(crud, GrantPrivileges)...),
	"groups": plain(with(crud, GrantPrivileges, "add-members", "remove-members", "add-identities", "remove-identities")...),
	Identity: plain(with(crud, GrantPrivileges, RevokeAuth, CreateToken, GetToken, DeleteToken, EditAuth)...),
	Role:     plain(crud...),
	"machine-identity-auth-template": plain("list-templates", "create-templates", "edit-templates", "delete-templates",
		"unlink-templates", "attach-templates"),
	"sso":                    plain(with(crud, "bypass-sso-enforcement")...),
	"scim":                   plain(crud...),
	"ldap":                   plain(crud...),
	"github-org-sync":        plain(crud...),
	"github-org-sync-manual": plain(crud...),
	"email-domains":          plain(Read, Create, "verify-domain", Delete),
	"oauth-clients":          plain(crud...),

	// Organization and projects
	Workspace:                     plain(Create),
	project:                       plain(Create, "request-access"),
	"project-templates":           plain(crud...),
	"sub-organization":            plain(Create, "direct-access", "link-group", Edit, Delete),
	Settings:                      plain(crud...),
	"billing":                     plain(Read, "manage-billing"),
	"incident-contact":            plain(crud...),
	"audit-logs":                  plain(Read),
	"organization-admin-console":  plain("access-all-projects"),
	"app-connections":             conditional(with(crud, "connect", "rotate-credentials"), connectionKey),
	"secret-share":                plain("manage-settings"),
	"secret-scanning":             plain(crud...),
	"secrets-management-insights": plain(Read, "generate-report", "delete-report"),
	"honey-tokens":                plain("setup"),
	"certificate-manager":         plain(Read, "manage-instance", "manage-settings"),

	// Keys and networks
	"kms":  plain(crud...),
	"kmip": plain("proxy"),
	"kmip-server": plain("create-kmip-servers", "list-kmip-servers", "edit-kmip-servers", "delete-kmip-servers",
		"revoke-kmip-server-access"),
	"gateway": plain("list-gateways", "create-gateways", "edit-gateways", "delete-gateways", "attach-gateways",
		"revoke-gateway-access"),
	"gateway-pool": plain("create-gateway-pools", "list-gateway-pools", "edit-gateway-pools", "delete-gateway-pools",
		"attach-gateway-pools"),
	"relay": plain("list-relays", "create-relays", "edit-relays", "delete-relays", "revoke-relay-access"),
}

// replacements has, for subjects and actions that servers no longer accept, what to write instead. An
// action stands behind its subject and a colon.
var replacements = map[Scope]map[string]string{
	Project: { //nolint:gosec // G101: names of subjects, not credentials
		"pam-folders":                         "servers have no such subject since summer 2026; remove the rule",
		"pam-resources":                       "servers have no such subject since summer 2026; remove the rule",
		"pam-accounts":                        "servers have no such subject since summer 2026; remove the rule",
		"pam-sessions":                        "servers have no such subject since summer 2026; remove the rule",
		"secret-events":                       "use secret-event-subscriptions, with subscribe-to-creation-events for subscribe-on-created and so on",
		"secret-approval:allow-change-bypass": "servers have no such action since summer 2026; name who may bypass in the approval policy",
		"secret-approval:allow-access-bypass": "servers have no such action since summer 2026; name who may bypass in the approval policy",
		"certificate-authorities:renew":       "use issue-ca-certificate",
		"secret-folders:manage-access":        "only built-in roles have it",
	},
	Organization: {
		"kmip:setup": "use the actions of kmip-server",
	},
}
