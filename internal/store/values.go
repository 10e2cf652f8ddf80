// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"database/sql/driver"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// How values stand in columns. As an argument a value is converted, micros(t); to be read
// into, its pointer is: (*micros)(&t).
type (
	micros   time.Time // microseconds since 1970, UTC; 0: the zero time
	seconds  time.Duration
	flag     bool
	hexBytes []byte
	digest   iam.Digest
	ruleList permission.Rules
	textMap  map[string]string
	// jsonOf is anything else that stands as JSON; its zero value does as null.
	jsonOf[T any] struct{ of *T }
	// projectSettings converts only while it has the fields of iam.ProjectSettings, whose names in
	// the database stay these.
	projectSettings struct {
		AutoCapitalization          bool     `json:"autoCapitalization"`
		PITVersionLimit             int64    `json:"pitVersionLimit"`
		SecretSharing               bool     `json:"secretSharing"`
		ShowSnapshotsLegacy         bool     `json:"showSnapshotsLegacy"`
		SecretDetectionIgnoreValues []string `json:"secretDetectionIgnoreValues"`
		EnforceEncryptedMetadata    bool     `json:"enforceEncryptedMetadata"`
	}
)

// Value implements driver.Valuer.
func (m micros) Value() (driver.Value, error) {
	t := time.Time(m)
	if t.IsZero() {
		return int64(0), nil
	}
	return t.UnixMicro(), nil
}

// Scan implements sql.Scanner.
func (m *micros) Scan(src any) error {
	n, err := integer(src)
	if err != nil {
		return err
	}
	*m = micros{}
	if n != 0 {
		*m = micros(time.UnixMicro(n).UTC())
	}
	return nil
}

// Value implements driver.Valuer.
func (s seconds) Value() (driver.Value, error) { return int64(time.Duration(s) / time.Second), nil }

// Scan implements sql.Scanner.
func (s *seconds) Scan(src any) error {
	n, err := integer(src)
	*s = seconds(time.Duration(n) * time.Second)
	return err
}

// Value implements driver.Valuer.
func (f flag) Value() (driver.Value, error) {
	if f {
		return int64(1), nil
	}
	return int64(0), nil
}

// Scan implements sql.Scanner.
func (f *flag) Scan(src any) error {
	n, err := integer(src)
	*f = n != 0
	return err
}

// Value implements driver.Valuer.
func (h hexBytes) Value() (driver.Value, error) { return hex.EncodeToString(h), nil }

// Scan implements sql.Scanner.
func (h *hexBytes) Scan(src any) error {
	s, err := text(src)
	if err != nil {
		return err
	}
	if *h, err = hex.DecodeString(s); err != nil {
		return fmt.Errorf("a column that should hold hexadecimal digits does not")
	}
	return nil
}

// Value implements driver.Valuer.
func (d digest) Value() (driver.Value, error) { return hex.EncodeToString(d[:]), nil }

// Scan implements sql.Scanner.
func (d *digest) Scan(src any) error {
	var b hexBytes
	if err := b.Scan(src); err != nil {
		return err
	}
	if len(b) != len(d) {
		return fmt.Errorf("a digest has %d bytes instead of %d", len(b), len(d))
	}
	*d = digest(b)
	return nil
}

// Value implements driver.Valuer.
func (l ruleList) Value() (driver.Value, error) {
	if l == nil {
		l = ruleList{}
	}
	return asJSON(l)
}

// Scan implements sql.Scanner.
func (l *ruleList) Scan(src any) error {
	*l = nil
	return fromJSON(src, (*permission.Rules)(l))
}

// Value implements driver.Valuer.
func (m textMap) Value() (driver.Value, error) {
	if len(m) == 0 {
		return "{}", nil
	}
	return asJSON(m)
}

// Scan implements sql.Scanner. An empty map is nil, as most tokens have it.
func (m *textMap) Scan(src any) error {
	*m = nil
	if s, err := text(src); err != nil || s == "{}" {
		return err
	}
	return fromJSON(src, (*map[string]string)(m))
}

// Value implements driver.Valuer.
func (j jsonOf[T]) Value() (driver.Value, error) { return asJSON(j.of) }

// Scan implements sql.Scanner.
func (j jsonOf[T]) Scan(src any) error { return fromJSON(src, j.of) }

// Value implements driver.Valuer.
func (s projectSettings) Value() (driver.Value, error) { return asJSON(s) }

// Scan implements sql.Scanner.
func (s *projectSettings) Scan(src any) error {
	*s = projectSettings{}
	return fromJSON(src, s)
}

// orNull is the argument of a column that is NULL where it refers to nothing.
func orNull(id string) any {
	if id == "" {
		return nil
	}
	return id
}

func asJSON(v any) (driver.Value, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

func fromJSON(src, into any) error {
	s, err := text(src)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(s), into); err != nil {
		return fmt.Errorf("a column that should hold JSON does not")
	}
	return nil
}

func integer(src any) (int64, error) {
	n, ok := src.(int64)
	if !ok {
		return 0, fmt.Errorf("a column holds a %T instead of an integer", src)
	}
	return n, nil
}

func text(src any) (string, error) {
	switch s := src.(type) {
	case string:
		return s, nil
	case []byte:
		return string(s), nil
	}
	return "", fmt.Errorf("a column holds a %T instead of text", src)
}

// folded is the form in which texts are compared whatever their case. Going through the upper
// case unites letters with two lower-case forms, as the Greek sigma.
func folded(s string) string { return strings.ToLower(strings.ToUpper(s)) }

// escapeLike also makes of a NUL, at which SQLite ends a pattern, what no text holds.
var escapeLike = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`, "\x00", "\uFFFD")

// contains is the LIKE pattern, with \ as its escape, of everything that holds s, whatever the
// case.
func contains(s string) string { return "%" + escapeLike.Replace(folded(s)) + "%" }
