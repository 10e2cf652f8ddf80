// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"net/http"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"weak"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// rememberedCalls is how many calls of a kind these tests make. A connection may keep the context of
// the call that opened it, so a few may be remembered, but not more with more calls.
const (
	rememberedCalls = 100
	mayBeRemembered = 10
)

// burden is what the context of a call holds on to.
type burden struct{ _ [16]*burden }

type burdenKey struct{}

// burdened makes a call as the connection to Terraform does, whose contexts end with the call.
func burdened(t *testing.T, call func(context.Context)) weak.Pointer[burden] {
	t.Helper()
	weight := &burden{}
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), burdenKey{}, weight))
	defer cancel()
	call(ctx)
	return weak.Make(weight)
}

// remembered is how many contexts of many calls are still there after them.
func remembered(t *testing.T, call func(context.Context)) int {
	t.Helper()
	var burdens []weak.Pointer[burden]
	for range rememberedCalls {
		burdens = append(burdens, burdened(t, call))
	}
	runtime.GC()
	gone := func(b weak.Pointer[burden]) bool { return b.Value() == nil }
	return len(slices.DeleteFunc(burdens, gone))
}

// TestCallsAreForgotten: every call that comes for each thing of a configuration leaves nothing of its
// context, so that memory does not grow with the things. Those that come once a run may.
func TestCallsAreForgotten(t *testing.T) {
	once := []string{"GetMetadata", "GetProviderSchema", "GetResourceIdentitySchemas", "GetFunctions", "ValidateProviderConfig", "ConfigureProvider", "StopProvider"}
	server := reflect.ValueOf(provider.NewServer(provider.New("test")))
	for method := range reflect.TypeFor[tfprotov6.ProviderServer]().Methods() {
		if slices.Contains(once, method.Name) {
			continue
		}
		request := reflect.New(method.Type.In(1).Elem()) // of nothing, which is refused
		left := remembered(t, func(ctx context.Context) {
			answer := server.MethodByName(method.Name).Call([]reflect.Value{reflect.ValueOf(ctx), request})
			if err := answer[1]; !err.IsNil() {
				t.Fatal(method.Name, err)
			}
		})
		if left > mayBeRemembered {
			t.Errorf("%s: of %d calls the contexts of %d are kept", method.Name, rememberedCalls, left)
		}
	}
}

// TestReadsAreForgotten is TestCallsAreForgotten for calls that send requests.
func TestReadsAreForgotten(t *testing.T) {
	server := servertest.Start(t)
	identity := server.NewIdentity(t, "member", nil)
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"host": server.Host, "access_token": server.Admin.AccessToken})
	state := providertest.DynamicValue(t, p.Schemas.ResourceSchemas["machineid_identity"], providertest.Values{"id": identity.ID})
	left := remembered(t, func(ctx context.Context) {
		read, err := p.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: "machineid_identity", CurrentState: state})
		if err != nil || len(read.Diagnostics) > 0 {
			t.Fatal(err, providertest.Summaries(read.Diagnostics))
		}
	})
	if left > mayBeRemembered {
		t.Errorf("of %d reads the contexts of %d are kept", rememberedCalls, left)
	}
}

// TestCallsEnd when the connection gives them up, and when Terraform stops the provider.
func TestCallsEnd(t *testing.T) {
	for name, end := range map[string]func(p providertest.Protocol, giveUp func()){
		"given up": func(_ providertest.Protocol, giveUp func()) { giveUp() },
		"stopped": func(p providertest.Protocol, _ func()) {
			if _, err := p.StopProvider(t.Context(), &tfprotov6.StopProviderRequest{}); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			sent := make(chan struct{})
			p := providertest.Configure(t, provider.New("test").WithTransport(providertest.Transport(func(_ http.RoundTripper, req *http.Request) (*http.Response, error) {
				close(sent)
				<-req.Context().Done()
				return nil, req.Context().Err()
			})), providertest.Values{"host": "http://nowhere.example", "access_token": "x"})
			ctx, giveUp := context.WithCancel(t.Context())
			defer giveUp()
			go func() {
				<-sent
				end(p, giveUp)
			}()
			read, err := p.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
				TypeName: "machineid_identity", CurrentState: providertest.DynamicValue(t, p.Schemas.ResourceSchemas["machineid_identity"], providertest.Values{"id": "i"}),
			})
			if err != nil || !strings.Contains(providertest.Summaries(read.Diagnostics), "interrupted") {
				t.Error(err, providertest.Summaries(read.Diagnostics))
			}
		})
	}
}
