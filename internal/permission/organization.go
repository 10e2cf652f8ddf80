// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

// organizationTable has every subject of an organization. Contract: section 4.4.
var organizationTable = table{
	Workspace:                        plain(Create),
	project:                          plain(Create),
	Role:                             plain(crud...),
	"member":                         plain(crud...),
	Settings:                         plain(crud...),
	"incident-contact":               plain(crud...),
	"sso":                            plain(crud...),
	"scim":                           plain(crud...),
	"ldap":                           plain(crud...),
	"secret-scanning":                plain(crud...),
	"kms":                            plain(crud...),
	"project-templates":              plain(crud...),
	"github-org-sync":                plain(crud...),
	"github-org-sync-manual":         plain(crud...),
	"groups":                         plain(with(crud, GrantPrivileges, "add-members", "remove-members", "add-identities", "remove-identities")...),
	"billing":                        plain(Read, "manage-billing"),
	Identity:                         plain(with(crud, GrantPrivileges, RevokeAuth, CreateToken, GetToken, DeleteToken, EditAuth)...),
	"audit-logs":                     plain(Read),
	"organization-admin-console":     plain("access-all-projects"),
	"app-connections":                conditional(with(crud, "connect"), ConditionKey{"connectionId", exact}),
	"machine-identity-auth-template": plain("list-templates", "create-templates", "edit-templates", "delete-templates", "unlink-templates", "attach-templates"),
	"kmip":                           plain("setup", "proxy"),
	"gateway":                        plain("list-gateways", "create-gateways", "edit-gateways", "delete-gateways", "attach-gateways"),
	"relay":                          plain("list-relays", "create-relays", "edit-relays", "delete-relays"),
	"secret-share":                   plain("manage-settings"),
	"sub-organization":               plain(Create, "direct-access", "link-group"),
}

// organizationRoles are the built-in roles of an organization. Contract: section 4.6.
var organizationRoles = []BuiltInRole{
	{Slug: Admin, Name: "Admin", Rules: organizationTable.everything()},
	{Slug: Member, Name: "Member", Rules: Rules{
		{Subject: Workspace, Actions: []string{Create}},
		{Subject: project, Actions: []string{Create}},
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
		{Subject: "relay", Actions: []string{"list-relays", "create-relays", "edit-relays"}},
		{Subject: "machine-identity-auth-template", Actions: []string{"list-templates", "unlink-templates", "attach-templates"}},
	}},
	{Slug: NoAccess, Name: "No Access", Rules: Rules{}},
}
