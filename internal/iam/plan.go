// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

// Plan is the subscription of a server, which decides what it offers. Contract: section 13.
type Plan string

// The plans.
const (
	PlanEnterprise Plan = "enterprise" // everything
	PlanFree       Plan = "free"       // no custom roles, no trusted IPs, no folder access
)

// SetPlan restricts the service to what a plan includes. The default is PlanEnterprise.
func (s *Service) SetPlan(p Plan) { s.plan = p }

// restrictedByPlan returns the refusal of something that the free plan does not include, else nil.
func (s *Service) restrictedByPlan(what, feature string) error {
	if s.plan != PlanFree {
		return nil
	}
	return Errorf(BadRequest, "Failed to %s due to plan restriction. Upgrade plan to %s.", what, feature)
}

// checkRolePlan rejects creating, changing and assigning a custom role. Reading, deleting and evaluating one
// is part of every plan.
func (s *Service) checkRolePlan(verb string, r Role) error {
	if r.ID == "" || s.plan != PlanFree {
		return nil
	}
	return Errorf(BadRequest, "Failed to %s custom role due to plan RBAC restriction. Upgrade plan to %s custom roles.", verb, verb)
}

// checkIPPlan rejects trusted IPs that a request contains, unless they are all addresses.
func (s *Service) checkIPPlan(sent bool, ips TrustedIPs) error {
	if !sent || !ips.restrict() {
		return nil
	}
	return s.restrictedByPlan("add IP access range to service token", "add IP access range")
}

func (s *Service) checkFolderPlan() error {
	return s.restrictedByPlan("manage folder access", "use folder-level access")
}
