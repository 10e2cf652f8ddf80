// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth_test

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"golang.org/x/crypto/ssh"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

func rsaKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	made, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func recipients(more string, keys ...string) string {
	quoted := make([]string, len(keys))
	for n, key := range keys {
		quoted[n] = fmt.Sprintf("%q", key)
	}
	return secretConfig("recipients = [" + strings.Join(quoted, ", ") + "]\n" + more)
}

func TestEncryptedClientSecret(t *testing.T) {
	server := servertest.Start(t)
	start := providertest.AdminConfig(server)
	native, ed, old := providertest.AgeKey(t), providertest.Ed25519Key(t), providertest.SSHKey(t, rsaKey(t))
	quantum, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	var identity, clientID, id, sealed, before string
	noted := resource.ComposeTestCheckFunc(providertest.SaveAttribute(providertest.IdentityAddress, "id", &identity), providertest.SaveAttribute(providertest.UniversalAuthAddress, "client_id", &clientID), providertest.SaveAttribute(providertest.ClientSecretAddress, "id", &id), providertest.SaveAttribute(providertest.ClientSecretAddress, "encrypted_client_secret", &sealed))
	readBy := func(readers ...age.Identity) resource.TestCheckFunc {
		return providertest.CheckServer(func() error {
			for _, reader := range readers {
				plain, err := age.Decrypt(armor.NewReader(strings.NewReader(sealed)), reader)
				if err != nil {
					return err
				}
				secret, err := io.ReadAll(plain)
				if err != nil {
					return err
				}
				if a := server.Login(t, clientID, string(secret)); a.Status != http.StatusOK {
					return fmt.Errorf("the decrypted secret does not log in: %v", a.Body)
				}
			}
			if id == before {
				return errors.New("the secret did not change")
			}
			before = id
			return nil
		})
	}
	hidden := []statecheck.StateCheck{providertest.ExpectAttribute(providertest.ClientSecretAddress, "client_secret", knownvalue.Null())}
	planned := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
		plancheck.ExpectResourceAction(providertest.ClientSecretAddress, plancheck.ResourceActionCreate),
		plancheck.ExpectKnownValue(providertest.ClientSecretAddress, tfjsonpath.New("client_secret"), knownvalue.Null()),
		plancheck.ExpectUnknownValue(providertest.ClientSecretAddress, tfjsonpath.New("encrypted_client_secret")),
	}}
	providertest.Apply(t, provider.New("test"),
		resource.TestStep{Config: start + recipients("", native.Public, ed.Public+" me@here", old.Public), ConfigPlanChecks: planned, ConfigStateChecks: hidden,
			Check: resource.ComposeTestCheckFunc(noted, readBy(native.Identity, ed.Identity, old.Identity), func(s *terraform.State) error {
				if !strings.HasPrefix(sealed, "-----BEGIN AGE ENCRYPTED FILE-----\n") || !strings.HasSuffix(sealed, "-----END AGE ENCRYPTED FILE-----\n") {
					return fmt.Errorf("not armored: %s", sealed)
				}
				return nil
			})},
		resource.TestStep{RefreshState: true},
		resource.TestStep{ // another order, another comment, a line break, one of them twice
			Config:           start + recipients("", old.Public+" old@here\n", ed.Public, native.Public, " "+ed.Public+" you@there"),
			ConfigPlanChecks: providertest.ExpectEmptyPlan(),
		},
		resource.TestStep{Config: start + recipients("rotate_on_expiry = false", old.Public, ed.Public, native.Public), ConfigPlanChecks: providertest.ExpectAction(providertest.ClientSecretAddress, plancheck.ResourceActionUpdate), ConfigStateChecks: hidden},
		resource.TestStep{Config: start + recipients("", old.Public, ed.Public, native.Public)},
		resource.TestStep{Config: start + recipients("", ed.Public), ConfigPlanChecks: newFor("recipients"), ConfigStateChecks: hidden,
			Check: resource.ComposeTestCheckFunc(noted, readBy(ed.Identity), providertest.CheckServer(func() error {
				if _, err := age.Decrypt(armor.NewReader(strings.NewReader(sealed)), native.Identity); err == nil {
					return errors.New("the secret is encrypted to a removed recipient")
				}
				return nil
			}))},
		resource.TestStep{Config: start + recipients("", quantum.Recipient().String()), Check: resource.ComposeTestCheckFunc(noted, readBy(quantum)), ConfigStateChecks: hidden},
		resource.TestStep{ // the server does not show it again
			ResourceName: providertest.ClientSecretAddress, ImportState: true, ImportStateVerify: true, ImportStateIdFunc: func(*terraform.State) (string, error) { return identity + "/" + id, nil },
			ImportStateVerifyIgnore: []string{"recipients.#", "recipients.0", "encrypted_client_secret"},
			ImportStateCheck: func(states []*terraform.InstanceState) error {
				for _, state := range states {
					if state.Attributes["encrypted_client_secret"]+state.Attributes["client_secret"] != "" {
						return fmt.Errorf("imported with %v", state.Attributes)
					}
				}
				return nil
			},
		},
		resource.TestStep{Config: start + secretConfig(""), ConfigPlanChecks: newFor("recipients"),
			ConfigStateChecks: []statecheck.StateCheck{providertest.ExpectAttribute(providertest.ClientSecretAddress, "client_secret", knownvalue.NotNull()), providertest.ExpectAttribute(providertest.ClientSecretAddress, "encrypted_client_secret", knownvalue.Null())}},
		resource.TestStep{ // known only at apply
			Config:            start + "resource \"terraform_data\" \"key\" {\ninput = " + fmt.Sprintf("%q", native.Public) + "\n}\n" + secretConfig("recipients = [terraform_data.key.output]"),
			ConfigStateChecks: hidden, Check: resource.ComposeTestCheckFunc(noted, readBy(native.Identity)),
		},
	)
}

// newFor expects a replacement that the attribute forces.
func newFor(attribute string) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(providertest.ClientSecretAddress, plancheck.ResourceActionReplace), forces{providertest.ClientSecretAddress, attribute}}}
}

func TestRecipientsBadInput(t *testing.T) {
	server := servertest.Start(t)
	native, ed := providertest.AgeKey(t), providertest.Ed25519Key(t)
	quantum, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	const ecdsa = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt5YRrYMjNuG5N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg= x"
	providertest.ExpectErrors(t, provider.New("test"), providertest.AdminConfig(server), map[string]string{
		recipients("", native.Public[:40]):                          native.Public[:40] + `" is no age public key, or not all of it`,
		recipients("", native.Public, ed.Public[:50]):               `is no SSH public key, or not all of it`,
		recipients("", ecdsa):                                       `of the type ecdsa-sha2-nistp256; take one of the type ssh-ed25519 or ssh-rsa`,
		recipients("", shortRSA(t)):                                 `at least 2048 bits`,
		recipients("", ed.Public+"\n"+native.Public):                `a text of 2 lines`,
		recipients("", "me@example.com"):                            `a text of 14 characters is no public key`,
		recipients("", ""):                                          `an empty text`,
		recipients(""):                                              `at least 1`,
		secretConfig("recipients = [null]"):                         `null stands where a public key belongs; leave it out`,
		recipients("", native.Public, quantum.Recipient().String()): `cannot be used together`,
		recipients("client_secret = \"x\"", native.Public):          `read-only`,
	})
}

// shortRSA returns a public key of 1024 bits, which is too short.
func shortRSA(t *testing.T) string {
	t.Helper()
	modulus := new(big.Int).SetBit(big.NewInt(1), 1023, 1)
	key, err := ssh.NewPublicKey(&rsa.PublicKey{N: modulus, E: 65537})
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

// TestPrivateKeysAreNotQuoted checks that no diagnostic quotes a private key, and that none has an attribute path,
// since the CLI would print the line that holds the key.
func TestPrivateKeysAreNotQuoted(t *testing.T) {
	server := servertest.Start(t)
	p := providertest.Configure(t, provider.New("test"), providertest.Values{"host": server.Host})
	schema := p.Schemas.ResourceSchemas["machineid_universal_auth_client_secret"]
	native, ed := providertest.AgeKey(t), providertest.Ed25519Key(t)
	quantum, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	for _, private := range []string{native.Private, strings.ToLower(native.Private), " " + native.Private + "\n", "# key\n" + native.Private, quantum.String(), ed.Private, providertest.SSHKey(t, rsaKey(t)).Private,
		"AGE-PLUGIN-YUBIKEY-1QQQQQQQQ", "PuTTY-User-Key-File-3: ssh-ed25519\nx"} {
		checked, err := p.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: "machineid_universal_auth_client_secret",
			Config: providertest.DynamicValue(t, schema, providertest.Values{"identity_id": providertest.UnusedID, "recipients": []tftypes.Value{tftypes.NewValue(tftypes.String, native.Public), tftypes.NewValue(tftypes.String, private)}})})
		if err != nil {
			t.Fatal(err)
		}
		said := providertest.Summaries(checked.Diagnostics)
		if !strings.Contains(said, "the value is a private key, not a public key") || len(checked.Diagnostics) != 1 || checked.Diagnostics[0].Attribute != nil {
			t.Errorf("%.20s…: %s", private, said)
		}
		for line := range strings.FieldsSeq(private) {
			if len(line) > 12 && strings.Contains(strings.ToLower(said), strings.ToLower(line[:12])) {
				t.Error("a private key is quoted")
			}
		}
	}
}
