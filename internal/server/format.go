package server

import (
	"encoding/json"
	"io"
	"net/url"

	"github.com/danielgtaylor/huma/v2"
	strict "github.com/go-json-experiment/json"
)

// formats are how bodies are read and written. Keys of JSON match to the letter, so that nothing
// reaches a field without having been held against its schema.
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
	if err := strict.Unmarshal(data, v); err != nil {
		return err
	}
	if parsed, ok := v.(*any); ok {
		*parsed = withoutNull(*parsed)
	}
	return nil
}

// null is a null as the schema is held against it: of no type. huma takes a null for a field that
// was left out, while the contract refuses it.
type null struct{}

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

// unmarshalForm reads the fields of a form as an object of strings.
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
