// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"bytes"
	"encoding/json"
	"slices"
)

// jsonField is a name with its value in a JSON object.
type jsonField struct {
	name  string
	value json.RawMessage
}

// jsonFields keep the order in which they were written.
type jsonFields []jsonField

func (fs jsonFields) get(name string) json.RawMessage {
	for _, f := range fs {
		if f.name == name {
			return f.value
		}
	}
	return nil
}

// kind returns the type of a JSON value, "" if it is absent.
func kind(value json.RawMessage) string {
	value = bytes.TrimLeft(value, " \t\r\n")
	if len(value) == 0 {
		return ""
	}
	switch value[0] {
	case '"':
		return "text"
	case '[':
		return "list"
	case '{':
		return "object"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}

func want(value json.RawMessage, expected string) error {
	switch found := kind(value); found {
	case expected:
		return nil
	case "":
		return invalid("it is required")
	default:
		return invalid("it must be a %s, not a %s", expected, found)
	}
}

func object(value json.RawMessage) (jsonFields, error) {
	if err := want(value, "object"); err != nil {
		return nil, err
	}
	fs := jsonFields{}
	d := json.NewDecoder(bytes.NewReader(value))
	_, err := d.Token()
	for err == nil && d.More() {
		var f jsonField
		var name json.Token
		if name, err = d.Token(); err == nil {
			f.name, _ = name.(string)
			err = d.Decode(&f.value)
		}
		if fs.get(f.name) != nil {
			return nil, at(invalid("it is given twice"), f.name)
		}
		fs = append(fs, f)
	}
	if err != nil {
		return nil, invalid("it is not JSON")
	}
	return fs, nil
}

func elements(value json.RawMessage) ([]json.RawMessage, error) {
	if err := want(value, "list"); err != nil {
		return nil, err
	}
	var list []json.RawMessage
	if err := json.Unmarshal(value, &list); err != nil {
		return nil, invalid("it is not JSON")
	}
	return list, nil
}

// text reads a string that is not empty.
func text(value json.RawMessage) (string, error) {
	if err := want(value, "text"); err != nil {
		return "", err
	}
	var s string
	if err := json.Unmarshal(value, &s); err != nil {
		return "", invalid("it is not JSON")
	}
	if s == "" {
		return "", invalid("it must not be empty")
	}
	return s, nil
}

// texts reads a list of strings. Neither the list nor a string is empty.
func texts(value json.RawMessage) ([]string, error) {
	list, err := elements(value)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, invalid("it must not be empty")
	}
	read := make([]string, len(list))
	for n := range list {
		if read[n], err = text(list[n]); err != nil {
			return nil, at(err, n)
		}
	}
	return read, nil
}

// boolean reads a boolean, false if it is absent.
func boolean(value json.RawMessage) (bool, error) {
	if kind(value) == "" || kind(value) == "null" {
		return false, nil
	}
	if err := want(value, "boolean"); err != nil {
		return false, err
	}
	var b bool
	if err := json.Unmarshal(value, &b); err != nil {
		return false, invalid("it is not JSON")
	}
	return b, nil
}

// MarshalJSON writes the action as a list and always writes inverted.
func (r Rule) MarshalJSON() ([]byte, error) {
	if r.unread != nil {
		return r.unread, nil
	}
	actions := r.Actions
	if actions == nil {
		actions = []string{}
	}
	return json.Marshal(struct {
		Subject    string     `json:"subject"`
		Action     []string   `json:"action"`
		Inverted   bool       `json:"inverted"`
		Conditions Conditions `json:"conditions,omitempty"`
	}{r.Subject, actions, r.Inverted, r.Conditions})
}

// UnmarshalJSON reads a rule without asking any table, as other servers know other subjects. It
// accepts any JSON: what is not a rule is written as it was read, denies everything, and is reported
// by Check and Readable.
func (r *Rule) UnmarshalJSON(value []byte) error {
	read, err := readRule(value)
	if err != nil {
		read = Rule{unread: bytes.Clone(value)}
	}
	*r = read
	return nil
}

// MarshalJSON writes a list, [] if there are no rules.
func (rs Rules) MarshalJSON() ([]byte, error) {
	if rs == nil {
		return []byte("[]"), nil
	}
	return json.Marshal([]Rule(rs))
}

// Equal reports whether the rules are written the same.
func (r Rule) Equal(other Rule) bool {
	a, errA := json.Marshal(r)
	b, errB := json.Marshal(other)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

// Equal reports whether the lists are written the same.
func (rs Rules) Equal(others Rules) bool { return slices.EqualFunc(rs, others, Rule.Equal) }

// UnmarshalJSON reads conditions without asking any table.
func (cs *Conditions) UnmarshalJSON(value []byte) error {
	read, err := readConditions(value)
	*cs = read
	return err
}

// MarshalJSON writes the conditions as they were read.
func (cs Conditions) MarshalJSON() ([]byte, error) {
	return writeObject(len(cs), func(n int) (string, any) {
		c := cs[n]
		if c.literal && len(c.Tests) == 1 {
			return c.Key, c.Tests[0].value()
		}
		return c.Key, tests(c.Tests)
	})
}

type tests []Test

// MarshalJSON writes the tests of one condition.
func (ts tests) MarshalJSON() ([]byte, error) {
	return writeObject(len(ts), func(n int) (string, any) { return ts[n].Operator, ts[n].value() })
}

func (t *Test) value() any {
	switch {
	case t.Operator == ElemMatch:
		return t.Fields
	case t.Operator == In || t.Operator == AllOf || len(t.Values) != 1:
		return t.Values
	}
	return t.Values[0]
}

func writeObject(length int, member func(int) (string, any)) ([]byte, error) {
	out := []byte{'{'}
	for n := range length {
		name, value := member(n)
		for m, v := range []any{name, value} {
			b, err := json.Marshal(v)
			if err != nil {
				return nil, err
			}
			out = append(out, b...)
			out = append(out, ":,"[m])
		}
	}
	if length > 0 {
		out = out[:len(out)-1]
	}
	return append(out, '}'), nil
}
