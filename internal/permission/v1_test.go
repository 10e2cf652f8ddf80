package permission

import (
	"errors"
	"testing"
)

func TestFromV1(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		`[{"subject":"role","action":"read"}]`: `[{"subject":"role","action":["read"]}]`,
		`[{"subject":"secrets","action":"read"}]`: `[{"subject":"secrets","action":["read"]},` +
			`{"subject":"secret-imports","action":["read"]},{"subject":"dynamic-secrets","action":["read-root-credential"]}]`,
		`[{"subject":"secrets","action":["read","edit"],"inverted":true,"conditions":{"environment":"dev"}},{"subject":"tags","action":["read"]}]`: `[` +
			`{"subject":"secrets","action":["read","edit"],"inverted":true,"conditions":{"environment":"dev"}},` +
			`{"subject":"tags","action":["read"]},` +
			`{"subject":"secret-imports","action":["read","edit"],"inverted":true,"conditions":{"environment":"dev"}},` +
			`{"subject":"dynamic-secrets","action":["read-root-credential","edit-root-credential","lease"],"inverted":true,"conditions":{"environment":"dev"}},` +
			`{"subject":"secret-folders","action":["edit"],"inverted":true,"conditions":{"environment":"dev"}}]`,
		`[{"subject":"secret-folders","action":["read"]},{"subject":"secrets","action":["create","delete"]}]`: `[` +
			`{"subject":"secret-folders","action":["read"]},{"subject":"secrets","action":["create","delete"]},` +
			`{"subject":"secret-imports","action":["create","delete"]},` +
			`{"subject":"dynamic-secrets","action":["create-root-credential","delete-root-credential"]}]`,
	} {
		rules, err := FromV1([]byte(given))
		if err != nil {
			t.Errorf("%s: %v", given, err)
			continue
		}
		text := written(t, rules)
		if text != want {
			t.Errorf("%s became %s", given, text)
		}
		if _, err := Parse(Project, []byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestFromV1Refuses(t *testing.T) {
	t.Parallel()
	for _, given := range []string{
		`[{"subject":"secrets","action":["readValue"]}]`,
		`[{"subject":"secrets","action":["read"],"conditions":{"environment":{"$glob":"d*"}}}]`,
		`[{"subject":"secrets","action":["read"],"conditions":{"secretName":"a"}}]`,
		`[{"subject":"secret-folders","action":["edit"]}]`,
		`[{"subject":"secret-imports","action":["read"]}]`,
		`[{"subject":"dynamic-secrets","action":["lease"]}]`,
		`[{"subject":"identity","action":["read"],"conditions":{"identityId":"a"}}]`,
	} {
		_, err := FromV1([]byte(given))
		if _, ok := errors.AsType[*InvalidError](err); !ok {
			t.Errorf("%s: %v", given, err)
		}
	}
}
