package provider

import (
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

var (
	noOuterSpace = regexp.MustCompile(`^(\S(?s:.*\S)?)?$`)
	slugForm     = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
)

// trimmed refuses white space at either end, which the API would cut off.
func trimmed() validator.String {
	return stringvalidator.RegexMatches(noOuterSpace, "must not begin or end with white space")
}

// isSlug accepts what the API makes of a name in a path.
func isSlug() validator.String {
	return stringvalidator.RegexMatches(slugForm, "must be a slug: lower-case letters, digits, and single hyphens between them")
}
