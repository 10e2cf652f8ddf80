// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import "slices"

// The rules of the built-in roles. Contract: section 4.6, and section 3 of the appendix on newer servers.

// organizationRoles are the built-in roles of an organization.
var organizationRoles = []BuiltInRole{
	{Slug: Admin, Name: "Admin", Rules: organizationTable.everything()},
	{Slug: Member, Name: "Member", Rules: Rules{
		{Subject: Workspace, Actions: []string{Create}},
		{Subject: project, Actions: []string{Create, "request-access"}},
		{Subject: "member", Actions: []string{Read}},
		{Subject: "groups", Actions: []string{Read}},
		{Subject: Role, Actions: []string{Read}},
		{Subject: Settings, Actions: []string{Read}},
		{Subject: "billing", Actions: []string{Read}},
		{Subject: "incident-contact", Actions: []string{Read}},
		{Subject: "secret-scanning", Actions: crud},
		{Subject: Identity, Actions: crud},
		{Subject: "audit-logs", Actions: []string{Read}},
		{Subject: "app-connections", Actions: []string{"connect"}},
		{Subject: "gateway", Actions: []string{"list-gateways", "create-gateways", "attach-gateways"}},
		{Subject: "gateway-pool", Actions: []string{"list-gateway-pools", "create-gateway-pools", "attach-gateway-pools"}},
		{Subject: "relay", Actions: []string{"list-relays", "create-relays", "edit-relays"}},
		{Subject: "machine-identity-auth-template", Actions: []string{"list-templates", "unlink-templates", "attach-templates"}},
		{Subject: "certificate-manager", Actions: []string{Read}},
	}},
	{Slug: NoAccess, Name: "No Access", Rules: Rules{}},
}

// projectRoles are the built-in roles of a project.
var projectRoles = []BuiltInRole{
	{Slug: Admin, Name: "Admin", Rules: projectAdmin},
	{Slug: Member, Name: "Member", Rules: projectMember},
	{Slug: Viewer, Name: "Viewer", Rules: projectViewer},
	{Slug: NoAccess, Name: "No Access", Rules: Rules{}},
	{Slug: "cryptographic-operator", Name: "Cryptographic Operator", ProjectType: "kms", Rules: Rules{
		{Subject: "cmek", Actions: []string{"encrypt", "decrypt", "sign", "verify", "generate-mac", "verify-mac"}},
	}},
}

var projectAdmin = slices.Concat(
	slices.DeleteFunc(projectTable.everything(), func(r Rule) bool {
		switch r.Subject {
		case "secret-folders", "code-signers", "agent-vault-access-bundles", "agent-vault-sessions", "agent-vault-proxies":
			return true
		}
		return projectTable[r.Subject].inert
	}),
	Rules{
		{Subject: "secret-folders", Actions: []string{Create, Edit, Delete, ManageAccess}},
		{Subject: "code-signers", Actions: []string{Read, Create}},
	},
)

var projectMember = slices.Concat(
	projectTable.all(Secrets, "secret-imports", "dynamic-secrets", "commits", "integrations", "webhooks",
		"service-tokens", Settings, "environments", "tags", "secret-syncs", "secret-event-subscriptions"),
	Rules{
		{Subject: "secret-folders", Actions: []string{Create, Edit, Delete}},
		{Subject: Identity, Actions: crud},
		{Subject: "member", Actions: []string{Read, Create}},
		{Subject: "secret-rollback", Actions: []string{Read, Create}},
		{Subject: "cmek", Actions: with(crud, "encrypt", "decrypt", "sign", "verify", "generate-mac", "verify-mac", "rotate")},
		{Subject: "hsm-connectors", Actions: []string{"read-hsm-connectors", "test-hsm-connectors"}},
		{Subject: "certificate-application", Actions: []string{Read, "list"}},
		{Subject: "proxied-services", Actions: []string{Read, "report-usage"}},
		{Subject: "secret-scanning-data-sources", Actions: []string{"read-data-sources", "trigger-data-source-scans", "read-data-source-scans", "read-data-source-resources"}},
		{Subject: "secret-scanning-findings", Actions: []string{"read-findings", "update-findings"}},
		{Subject: "secret-scanning-configs", Actions: []string{"read-configs"}},
		{Subject: "app-connections", Actions: []string{"connect-app-connections"}},
		{Subject: "approval-requests", Actions: []string{Create}},
	},
	reading("groups", Role, "audit-logs", "ip-allowlist", "secret-approval", "secret-rotation", "certificate-authorities",
		"certificate-profiles", "certificate-policies", "honey-tokens", "insights", "code-signers"),
)

var projectViewer = slices.Concat(
	Rules{
		{Subject: Secrets, Actions: []string{DescribeSecret, ReadValue}},
		{Subject: "dynamic-secrets", Actions: []string{"read-root-credential"}},
		{Subject: "secret-scanning-data-sources", Actions: []string{"read-data-sources", "read-data-source-scans", "read-data-source-resources"}},
		{Subject: "secret-scanning-findings", Actions: []string{"read-findings"}},
		{Subject: "secret-scanning-configs", Actions: []string{"read-configs"}},
		{Subject: "certificate-application", Actions: []string{Read, "list"}},
		{Subject: "proxied-services", Actions: []string{Read, "report-usage"}},
	},
	reading("secret-imports", "secret-approval", "secret-rollback", "secret-rotation", "member", "groups", Role,
		"integrations", "webhooks", Identity, "service-tokens", Settings, "environments", "tags", "audit-logs", "ip-allowlist",
		"certificate-authorities", "certificates", "certificate-templates", "cmek", "secret-syncs", "pki-syncs", "commits",
		"honey-tokens", "insights", "certificate-inventory-views", "certificate-policies", "pki-discovery",
		"pki-certificate-installations", "code-signers"),
	projectTable.all("secret-event-subscriptions"),
)
