// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/url"

	"github.com/danielgtaylor/huma/v2"
	strict "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// formats are the formats of bodies. JSON keys match case-sensitively, so that no value reaches a
// field without validation against its schema.
var formats = map[string]huma.Format{
	"application/json": {
		Marshal:   func(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) },
		Unmarshal: unmarshalJSON,
	},
	"application/x-www-form-urlencoded": {
		Marshal:   func(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) },
		Unmarshal: unmarshalForm,
	},
}

func unmarshalJSON(data []byte, v any) error {
	if err := strict.Unmarshal(data, v, wholeNumbers); err != nil {
		return err
	}
	if parsed, ok := v.(*any); ok {
		*parsed = withoutNull(*parsed)
	}
	return nil
}

// wholeNumbers decodes 3600.0 and 1e3 as integers.
var wholeNumbers = strict.WithUnmarshalers(strict.JoinUnmarshalers(
	strict.UnmarshalFromFunc(func(d *jsontext.Decoder, v *int64) error { return wholeNumber(d, func(n int64) { *v = n }) }),
	strict.UnmarshalFromFunc(func(d *jsontext.Decoder, v *int) error { return wholeNumber(d, func(n int64) { *v = int(n) }) }),
))

// largestWhole bounds integers: a float64 beyond it may stand for several integers.
const largestWhole = 1 << 53

func wholeNumber(d *jsontext.Decoder, set func(int64)) error {
	t, err := d.ReadToken()
	if err != nil {
		return err
	}
	if t.Kind() != '0' {
		return errors.New("not a number")
	}
	number, err := t.Float()
	if err != nil || number != math.Trunc(number) || math.Abs(number) > largestWhole {
		return errors.New("not a whole number")
	}
	set(int64(number))
	return nil
}

// null stands for a null during validation: it has no type. huma accepts a null like a missing field,
// while the contract rejects it.
type null struct{}

// MarshalJSON implements json.Marshaler, for the description of the API.
func (null) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// takeNulls makes schemas accept a null where the contract does: for the description of a role.
func takeNulls(schemas map[string]*huma.Schema) {
	for _, name := range []string{"CreateRoleRequest", "UpdateRoleRequest"} {
		described := schemas[name].Properties
		either := &huma.Schema{AnyOf: []*huma.Schema{{Type: huma.TypeString}, {Enum: []any{null{}}}}}
		either.PrecomputeMessages()
		described["description"] = either
	}
}

// isNull reports whether an object has a null for the key. It decodes like a missing field.
func isNull(object []byte, key string) bool {
	var fields map[string]jsontext.Value
	return strict.Unmarshal(object, &fields) == nil && fields[key].Kind() == 'n'
}

func withoutNull(v any) any {
	switch v := v.(type) {
	case nil:
		return null{}
	case []any:
		for n := range v {
			v[n] = withoutNull(v[n])
		}
	case map[string]any:
		for key := range v {
			v[key] = withoutNull(v[key])
		}
	}
	return v
}

// unmarshalForm decodes the fields of a form as an object of strings.
func unmarshalForm(data []byte, v any) error {
	form, err := url.ParseQuery(string(data))
	if err != nil {
		return err
	}
	fields := make(map[string]string, len(form))
	for key := range form {
		fields[key] = form.Get(key)
	}
	object, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	return unmarshalJSON(object, v)
}
