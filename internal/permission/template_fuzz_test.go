// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"strings"
	"testing"
)

// FuzzTemplate checks that values without braces add no template, and that the result has a bounded size.
func FuzzTemplate(f *testing.F) {
	for _, seed := range [][2]string{
		{"/{{identity.metadata.k}}/**", "a"}, {"{{identity.username}}", "{{identity.id}}"}, {"{{ identity.metadata.k }}{{", "}}"}, {"{{stripPrefix identity.username \"a\"}}", "ab"},
		{"{{identity.id}}", "<&\"'`=>"}, {"{{{identity.id}}}", "x"}, {"{{", "identity.id}}"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, template, value string) {
		if checkTemplates(template) != nil {
			return
		}
		v := Values{ID: value, Username: value, Metadata: map[string]string{"k": value}, Auth: map[string]string{}}
		rendered := v.render(template)
		if !strings.Contains(value, "{") && strings.Count(rendered, open) > strings.Count(template, open) {
			t.Fatalf("%q with %q became %q", template, value, rendered)
		}
		if len(rendered) > len(template)*(1+6*len(value))+len(template) {
			t.Fatalf("%q with %q has %d bytes", template, value, len(rendered))
		}
	})
}
