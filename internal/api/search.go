// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package api

import "encoding/json"

// Contract: section 3, the search routes.

// SearchIdentitiesRequest is the body of POST /v1/identities/search.
type SearchIdentitiesRequest struct {
	Limit          *int            `json:"limit,omitempty" minimum:"1" maximum:"100" doc:"Default 50."`
	Offset         *int            `json:"offset,omitempty" minimum:"0" maximum:"2147483647" doc:"Default 0."`
	OrderBy        string          `json:"orderBy,omitempty" enum:"name,role" doc:"Default name."`
	OrderDirection string          `json:"orderDirection,omitempty" enum:"asc,desc" doc:"Default asc."`
	Search         json.RawMessage `json:"search,omitempty" doc:"name and role, each a string or an object of operators ($eq, $contains for names, $in), and $or of such objects."`
}
