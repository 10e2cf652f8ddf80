// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"bytes"
	"encoding/json"
	"slices"
)

// member is a name with its value in an object; objects keep their order.
type member struct {
	name string
	json json.RawMessage
}

type members []member

func (ms members) get(name string) json.RawMessage {
	for _, m := range ms {
		if m.name == name {
			return m.json
		}
	}
	return nil
}

// kind is what a JSON value is; empty: absent.
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

func object(value json.RawMessage) (members, error) {
	if err := want(value, "object"); err != nil {
		return nil, err
	}
	ms := members{}
	d := json.NewDecoder(bytes.NewReader(value))
	_, err := d.Token()
	for err == nil && d.More() {
		var m member
		var name json.Token
		if name, err = d.Token(); err == nil {
			m.name, _ = name.(string)
			err = d.Decode(&m.json)
		}
		if slices.ContainsFunc(ms, func(other member) bool { return other.name == m.name }) {
			return nil, at(invalid("it is given twice"), m.name)
		}
		ms = append(ms, m)
	}
	if err != nil {
		return nil, invalid("it is not JSON")
	}
	return ms, nil
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

// text reads a text that is not empty.
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

// texts reads a list of texts; neither it nor they are empty.
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

// boolean takes what is absent for false.
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
	case t.Operator == In || len(t.Values) != 1:
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
