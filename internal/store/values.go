// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package store

import (
	"database/sql/driver"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// Column forms of values. A statement's argument is converted, as micros(t), and so is the pointer
// that a column is scanned into, as (*micros)(&t).
type (
	micros   time.Time // microseconds since 1970, UTC; 0: the zero time
	seconds  time.Duration
	flag     bool
	hexBytes []byte
	digest   iam.Digest
	ruleList permission.Rules
	textMap  map[string]string
	// jsonOf is the JSON form of any other value.
	jsonOf[T any] struct{ of *T }
	// projectSettings fixes the names that iam.ProjectSettings has in the database. The conversion
	// compiles only while both have the same fields.
	projectSettings struct {
		AutoCapitalization          bool     `json:"autoCapitalization"`
		PITVersionLimit             int64    `json:"pitVersionLimit"`
		SecretSharing               bool     `json:"secretSharing"`
		ShowSnapshotsLegacy         bool     `json:"showSnapshotsLegacy"`
		SecretDetectionIgnoreValues []string `json:"secretDetectionIgnoreValues"`
		EnforceEncryptedMetadata    bool     `json:"enforceEncryptedMetadata"`
		AuditLogsRetentionDays      *int64   `json:"auditLogsRetentionDays,omitempty"`
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
		return errors.New("a column does not hold hexadecimal digits")
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
		return fmt.Errorf("a digest has %d bytes, not %d", len(b), len(d))
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

// Scan implements sql.Scanner. It scans an empty map as nil.
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

// orNull returns nil for an empty ID, as the argument of a nullable reference.
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
		return errors.New("a column does not hold JSON")
	}
	return nil
}

func integer(src any) (int64, error) {
	n, ok := src.(int64)
	if !ok {
		return 0, fmt.Errorf("a column holds a %T, not an integer", src)
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
	return "", fmt.Errorf("a column holds a %T, not text", src)
}

// folded returns the form of a text for comparisons that ignore case. Upper case first merges
// letters with two lower-case forms, such as the Greek sigma.
func folded(s string) string { return strings.ToLower(strings.ToUpper(s)) }

// escapeLike escapes a LIKE pattern. It also replaces NUL, which ends a pattern in SQLite, with a
// character that no text holds.
var escapeLike = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`, "\x00", "\uFFFD")

// contains returns the LIKE pattern, with \ as its escape character, of folded texts that contain s.
func contains(s string) string { return "%" + escapeLike.Replace(folded(s)) + "%" }
