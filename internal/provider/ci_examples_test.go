// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

//go:build linux

package provider_test

import (
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/verify/oidctest"
)

// These tests run what stands in the workflows of examples/ci, with the built provider, as identities
// that the configuration beside them has set up. GitHub and GitLab are an issuer of the test, which
// gives a job what they would give it. Only on Linux can a certificate be added to the system's for
// one process.

// pipeline is an example: who runs its jobs, and what it says of them.
type pipeline struct {
	*installation
	issuer *oidctest.Issuer
	ids    map[string]string // of the identities, by the job

	mu   sync.Mutex
	jwts []string
}

// ciJob is a job of a workflow.
type ciJob struct {
	environment string
	env         map[string]string
	commands    []string
}

// newPipeline sets up the identities of an example as an administrator does.
func newPipeline(t *testing.T, folder string) *pipeline {
	t.Helper()
	h := newInstallation(t)
	p := &pipeline{installation: h, issuer: oidctest.StartTLS(t, h.Clock.Now)}
	h.write(t, "terraformrc", mirrored(t))
	h.write(t, "main.tf", exampleText(t, filepath.Join(examples, "ci", folder)))
	admin := map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": h.Admin.ClientID, "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": h.Admin.ClientSecret}
	var said string
	for _, args := range [][]string{
		{"init", "-input=false"}, {"apply", "-input=false", "-auto-approve", "-var", "issuer=" + p.issuer.URL, "-var", "issuer_ca=" + p.issuer.CACert},
		{"output", "-json", "identity_ids"},
	} {
		var err error
		if said, err = p.runs(t, admin, args...); err != nil {
			t.Fatal(err, said)
		}
	}
	if err := json.Unmarshal([]byte(said), &p.ids); err != nil || len(p.ids) != 2 {
		t.Fatal(err, said)
	}
	h.allDead(t, 0, said)
	h.dir = t.TempDir()
	h.write(t, "main.tf", exampleText(t, filepath.Join(examples, "ci", folder, "pipeline")))
	return p
}

// runs a command in an environment of its own.
func (p *pipeline) runs(t *testing.T, env map[string]string, args ...string) (string, error) {
	t.Helper()
	cmd, out := p.command(t, args...)
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Env = append(cmd.Env, "INFISICAL_HOST="+p.url)
	err := cmd.Run()
	return out.String(), err
}

// job runs the commands of a job as far as they go, and looks at what it leaves.
func (p *pipeline) job(t *testing.T, j ciJob) (string, error) {
	t.Helper()
	variable := regexp.MustCompile(`^\$(?:\{\{ vars\.)?MACHINE_IDENTITY_([A-Z]+)(?: \}\})?$`)
	env := maps.Clone(j.env)
	for name, value := range env {
		if found := variable.FindStringSubmatch(value); found != nil {
			env[name] = p.ids[strings.ToLower(found[1])]
		}
	}
	if env["INFISICAL_MACHINE_IDENTITY_ID"] == "" || env["INFISICAL_HOST"] == "" {
		t.Fatalf("the job has no identity or no host: %v", j.env)
	}
	var all string
	var err error
	for _, line := range j.commands {
		args := strings.Fields(line)
		if args[0] != "terraform" {
			t.Fatalf("%q is no command of Terraform", line)
		}
		var said string
		said, err = p.runs(t, env, args[1:]...)
		all += said
		if err != nil {
			break
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	state, _ := filepath.Glob(filepath.Join(p.dir, "terraform.tfstate*"))
	left := all
	for _, file := range state {
		content, readErr := os.ReadFile(file)
		if readErr != nil {
			t.Fatal(readErr)
		}
		left += string(content)
	}
	for _, jwt := range p.jwts {
		if strings.Contains(left, jwt) {
			t.Error("a JWT stands in the state or the output")
		}
	}
	return all, err
}

func (p *pipeline) sign(t *testing.T, claims map[string]any) string {
	t.Helper()
	jwt := p.issuer.Sign(t, claims)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.jwts = append(p.jwts, jwt)
	return jwt
}

// judge runs plan and apply as they stand, and what must not work.
func (p *pipeline) judge(t *testing.T, jobs map[string]ciJob, as func(ciJob) ciJob) {
	t.Helper()
	if said, err := p.job(t, as(jobs["plan"])); err != nil || !strings.Contains(said, "1 to add") {
		t.Fatal(err, said) // there is nothing to ask the server yet, so nobody logs in
	}
	for _, run := range [][2]string{{"apply", "1 added"}, {"plan", "No changes"}} {
		said, err := p.job(t, as(jobs[run[0]]))
		if err != nil || !strings.Contains(said, run[1]) {
			t.Fatal(err, said)
		}
		p.allDead(t, 0, said)
	}
	unreviewed := jobs["plan"] // the commands of a pull request
	unreviewed.commands = jobs["apply"].commands
	p.write(t, "more.tf", "resource \"machineid_identity\" \"more\" {\nname = \"more\"\n}\n")
	said, err := p.job(t, as(unreviewed))
	if err == nil || !strings.Contains(said, "not allowed to create") {
		t.Error("who plans can apply:", err, said)
	}
	p.allDead(t, 0, said)
	unreviewed.env = jobs["apply"].env
	if said, err := p.job(t, as(unreviewed)); err == nil || !strings.Contains(said, "Access denied") {
		t.Error("a job outside of the environment can apply:", err, said)
	}
}

func parseYAML(t *testing.T, into any, path ...string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(append([]string{examples, "ci"}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(strings.ToLower(string(content)), "secrets.") {
		t.Error("the workflow uses a stored secret")
	}
	if err := yaml.Unmarshal(content, into); err != nil {
		t.Fatal(err)
	}
}

func TestGitHubActionsExample(t *testing.T) {
	t.Parallel()
	var workflow struct {
		On          map[string]any
		Permissions map[string]string
		Env         map[string]string
		Jobs        map[string]struct {
			Permissions map[string]string
			Environment string
			Env         map[string]string
			Steps       []struct{ Uses, Run string }
		}
	}
	parseYAML(t, &workflow, "github-actions", "workflow.yml")
	if len(workflow.Jobs) != 2 || workflow.Permissions["id-token"] != "" || workflow.On["pull_request_target"] != nil {
		t.Errorf("the workflow is %+v", workflow)
	}
	p := newPipeline(t, "github-actions")
	jobs := map[string]ciJob{}
	for name, job := range workflow.Jobs {
		made := ciJob{environment: job.Environment, env: maps.Clone(workflow.Env)}
		maps.Copy(made.env, job.Env)
		for _, step := range job.Steps {
			if (step.Run == "") == (step.Uses == "") {
				t.Errorf("%s has the step %+v", name, step)
			}
			if step.Run != "" {
				made.commands = append(made.commands, step.Run)
			}
		}
		if job.Permissions["id-token"] != "write" {
			t.Errorf("%s may not ask for a JWT", name)
		}
		jobs[name] = made
	}
	p.judge(t, jobs, func(j ciJob) ciJob { return p.onGitHub(t, j) })

	stranger := jobs["plan"]
	stranger.env = maps.Clone(stranger.env)
	stranger.env["GITHUB_ACTIONS"] = "true"
	if said, err := p.job(t, stranger); err == nil || !strings.Contains(said, "id-token: write") {
		t.Error("a job without the permission:", err, said)
	}
}

// onGitHub gives a job the variables with which it can ask for its JWT.
func (p *pipeline) onGitHub(t *testing.T, j ciJob) ciJob {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer gh-t0ken" || r.URL.Query().Get("api-version") != "2.0" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		claims := map[string]any{
			"aud": r.URL.Query().Get("audience"), "sub": "repo:acme/infrastructure:ref:refs/heads/main", "repository": "acme/infrastructure",
			"repository_id": "123456789", "ref": "refs/heads/main", "event_name": "push",
		}
		if j.environment != "" {
			claims["environment"], claims["sub"] = j.environment, "repo:acme/infrastructure:environment:"+j.environment
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode(map[string]any{"count": 1, "value": p.sign(t, claims)})
	}))
	t.Cleanup(server.Close)
	authority := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	j.env = maps.Clone(j.env)
	maps.Copy(j.env, map[string]string{
		"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_URL": server.URL + "/token?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "gh-t0ken",
		"SSL_CERT_FILE": authority,
	})
	return j
}

func TestGitLabExample(t *testing.T) {
	t.Parallel()
	type job struct {
		IDTokens     map[string]struct{ Aud string } `yaml:"id_tokens"`
		BeforeScript []string                        `yaml:"before_script"`
		Stage        string
		Environment  string
		Variables    map[string]string
		Script       []string
	}
	var workflow struct {
		Stages      []string
		Default     job
		Variables   map[string]string
		Plan, Apply job
	}
	parseYAML(t, &workflow, "gitlab", "gitlab-ci.yml")
	p := newPipeline(t, "gitlab")
	jobs := map[string]ciJob{}
	for name, job := range map[string]job{"plan": workflow.Plan, "apply": workflow.Apply} {
		if !slices.Contains(workflow.Stages, job.Stage) || len(job.Script) == 0 {
			t.Errorf("%s is %+v", name, job)
		}
		made := ciJob{environment: job.Environment, env: maps.Clone(workflow.Variables), commands: slices.Concat(workflow.Default.BeforeScript, job.Script)}
		maps.Copy(made.env, job.Variables)
		jobs[name] = made
	}
	p.judge(t, jobs, func(j ciJob) ciJob {
		j.env = maps.Clone(j.env)
		j.env["GITLAB_CI"] = "true"
		for name, token := range workflow.Default.IDTokens {
			claims := map[string]any{
				"aud": token.Aud, "sub": "project_path:acme/infrastructure:ref_type:branch:ref:main", "project_id": "123456789", "project_path": "acme/infrastructure",
				"ref": "main", "ref_type": "branch", "ref_protected": "true",
			}
			if j.environment != "" {
				claims["environment"] = j.environment
			}
			j.env[name] = p.sign(t, claims)
		}
		return j
	})
}
