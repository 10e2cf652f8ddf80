package provider

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// How much of what changed elsewhere a refresh sees.
const (
	driftFull      = "full"
	driftExistence = "existence"
)

func driftDetectionAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true,
		MarkdownDescription: "How much of what was changed outside Terraform a plan shows. Default: `full`, all of it. Memberships, projects and the client secrets of one identity are read together, in pages; " +
			"an identity, a Universal Auth and a role take a request each, as no listing of the API has metadata, the configuration of Universal Auth or permissions.\n\n" +
			"`existence` is for many identities behind a limit of requests: identities and whether they have Universal Auth are read together, too, so that a plan of any number of identities takes a handful of requests. What is then **not** seen:\n\n" +
			"  - of `machineid_identity` and `machineid_project_identity`: changes of `metadata`. Name, role, delete protection and deletion are seen.\n" +
			"  - of `machineid_universal_auth`: any change of its configuration, and that it was removed and attached again, with another client ID. Removal is seen.\n\n" +
			"What is not seen stays as it is on the server until the configuration of that attribute changes. An import, data sources and everything else read as with `full`.",
		Validators: []validator.String{stringvalidator.OneOf(driftFull, driftExistence)},
	}
}
