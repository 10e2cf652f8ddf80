// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

func TestSecretsAreNotPrinted(t *testing.T) {
	const text = "very-secret"
	secret := client.Secret(text)
	config := client.Config{AccessToken: secret, Credentials: &client.Credentials{ClientID: "id", ClientSecret: secret}}
	var logged bytes.Buffer
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "secret", secret, "config", config)
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "secret", secret, "config", config)
	encoded, err := json.Marshal(map[string]any{"a": secret, "b": config.Credentials, "c": client.Token{AccessToken: secret}})
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{logged.String(), string(encoded), secret.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10s"} {
		shown = append(shown, fmt.Sprintf(verb, secret), fmt.Sprintf(verb, config.Credentials), fmt.Sprintf(verb, *config.Credentials),
			fmt.Sprintf(verb, client.Token{AccessToken: secret}), fmt.Sprintf(verb, []client.Secret{secret}), fmt.Sprintf(verb, map[client.Secret]int{secret: 1}))
	}
	shown = append(shown, fmt.Errorf("failed with %v", secret).Error())
	for _, s := range shown {
		if strings.Contains(s, text) || strings.Contains(s, fmt.Sprintf("%x", text)) {
			t.Errorf("shown in %q", s)
		}
	}
	if secret.Reveal() != text {
		t.Error("it cannot be revealed")
	}
}
