// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// metadataRun is a configuration of identities without metadata, one of which has metadata of others.
type metadataRun struct {
	t      *testing.T
	server *servertest.Server
	kind   string
	lives  []life
	sent   *identityReads
}

// identityReads counts the reads of identities.
type identityReads struct{ count int }

func (r *identityReads) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodGet && strings.Contains(req.URL.Path, "/identities") && !strings.HasSuffix(req.URL.Path, "/details") {
		r.count++
	}
	return http.DefaultTransport.RoundTrip(req)
}

func (m *metadataRun) begin() *walk {
	m.sent = &identityReads{}
	return begin(m.t, provider.New("test").WithTransport(m.sent), providertest.Values{
		"host": m.server.Host, "access_token": m.server.Admin.AccessToken, "organization_id": m.server.Admin.OrganizationID,
	})
}

func newMetadataRun(t *testing.T, kind string, configs ...string) *metadataRun {
	t.Helper()
	m := &metadataRun{t: t, server: servertest.Start(t), kind: kind}
	project := m.server.NewProject(t)
	w := m.begin()
	for n, config := range configs {
		l := life{kind: kind, state: tftypes.NewValue(w.schemas.ResourceSchemas[kind].ValueType(), nil)}
		if !w.change(t, &l, m.config(w, n, config, project.ID)) {
			t.Fatal(providertest.Summaries(w.said))
		}
		m.lives = append(m.lives, l)
	}
	w.end(t)
	return m
}

// config returns the configuration of the identity n with further attributes in JSON.
func (m *metadataRun) config(w *walk, n int, attributes, project string) tftypes.Value {
	if m.kind == "machineid_identity" {
		return configOf(m.t, w.schemas.ResourceSchemas[m.kind], fmt.Sprintf(`{"name": "identity %d", "role": "no-access", "delete_protection": false%s}`, n, attributes))
	}
	return configOf(m.t, w.schemas.ResourceSchemas[m.kind], fmt.Sprintf(`{"project_id": %q, "name": "identity %d", "delete_protection": false%s}`, project, n, attributes))
}

func (m *metadataRun) path(n int) string {
	id := textOf(m.lives[n].state, "id")
	if m.kind == "machineid_identity" {
		return "/v1/identities/" + id
	}
	return "/v1/projects/" + textOf(m.lives[n].state, "project_id") + "/identities/" + id
}

func (m *metadataRun) project(n int) string { return textOf(m.lives[n].state, "project_id") }

func (m *metadataRun) set(n int, key, value string) {
	m.t.Helper()
	m.server.AsAdmin(m.t, http.MethodPatch, m.path(n), map[string]any{"name": fmt.Sprint("identity ", n), "metadata": []any{map[string]any{"key": key, "value": value}}})
}

func (m *metadataRun) stored(n int) string {
	m.t.Helper()
	return fmt.Sprint(m.server.AsAdmin(m.t, http.MethodGet, m.path(n), nil).At("identity", "metadata"))
}

// TestUnmanagedMetadata plans identities without metadata three times, with any number of neighbors, all
// of them or one alone (-target), in any order: the plans are equal, and the metadata of others stays.
func TestUnmanagedMetadata(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"machineid_identity", "machineid_project_identity"} {
		for _, neighbors := range []int{1, 2, 30, 300} {
			t.Run(fmt.Sprint(kind, " with ", neighbors), func(t *testing.T) {
				t.Parallel()
				m := newMetadataRun(t, kind, make([]string, neighbors+1)...)
				m.set(0, "owner", "x")
				all := make([]int, len(m.lives))
				for n := range all {
					all[n] = n
				}
				last := slices.Clone(all)
				slices.Reverse(last)
				for name, order := range map[string][]int{"all": all, "subject last": last, "-target": {0}} {
					for range 3 {
						w := m.begin()
						for _, n := range order {
							before := m.lives[n].state
							if !w.refresh(t, &m.lives[n]) {
								t.Fatal(providertest.Summaries(w.said))
							}
							if changed, ok := w.changes(t, &m.lives[n], m.config(w, n, "", m.project(n))); !ok || changed || !m.lives[n].state.Equal(before) {
								t.Fatalf("%s: the plan of identity %d has changes: %s", name, n, m.lives[n].state)
							}
						}
						w.end(t)
						if m.sent.count > 2 || len(w.said) > 0 {
							t.Errorf("%s: %d requests for %d identities, %s", name, m.sent.count, len(order), providertest.Summaries(w.said))
						}
					}
				}
				w := m.begin()
				if !w.change(t, &m.lives[0], m.config(w, 0, `, "delete_protection": true`, m.project(0))) {
					t.Fatal(providertest.Summaries(w.said))
				}
				w.end(t)
				if got := m.stored(0); !strings.Contains(got, "owner") {
					t.Errorf("an apply without metadata removed it: %s", got)
				}
			})
		}
	}
}

// TestManagedMetadata: with a map, an empty one included, a plan shows what others added. A plan that
// begins to manage metadata warns of what it removes.
func TestManagedMetadata(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"machineid_identity", "machineid_project_identity"} {
		for _, metadata := range []string{`, "metadata": {}`, `, "metadata": {"team": "a"}`} {
			t.Run(kind+metadata, func(t *testing.T) {
				t.Parallel()
				m := newMetadataRun(t, kind, "", metadata)
				m.set(0, "owner", "x")
				m.set(1, "owner", "x")
				w := m.begin()
				for n := range m.lives {
					if !w.refresh(t, &m.lives[n]) {
						t.Fatal(providertest.Summaries(w.said))
					}
				}
				if shown := m.lives[1].state.String(); !strings.Contains(shown, "owner") {
					t.Errorf("the refresh does not show what others added: %s", shown)
				}
				for n := range m.lives {
					if changed, ok := w.changes(t, &m.lives[n], m.config(w, n, metadata, m.project(n))); !ok || !changed {
						t.Errorf("the plan of identity %d has no changes: %s", n, providertest.Summaries(w.said))
					}
				}
				said := providertest.Summaries(w.said)
				if strings.Count(said, "The plan removes unmanaged metadata") != 1 || !strings.Contains(said, `owner = "x"`) {
					t.Errorf("the plan does not warn of what it removes: %s", said)
				}
				for n := range m.lives {
					if !w.change(t, &m.lives[n], m.config(w, n, metadata, m.project(n))) {
						t.Fatal(providertest.Summaries(w.said))
					}
					if got := m.stored(n); strings.Contains(got, "owner") {
						t.Errorf("identity %d still has metadata of others: %s", n, got)
					}
				}
				w.end(t)
			})
		}
	}
}
