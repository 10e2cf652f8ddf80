// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

// Attributes are those of the object in question, by condition key.
type Attributes map[string]Attribute

// Attribute is a Text, Texts or Entries.
type Attribute interface{ attribute() }

// Text is the value of most keys, such as environment, secretPath and identityId.
type Text string

// Texts is the value of secretTags.
type Texts []string

// Entries is the value of metadata.
type Entries []Entry

// Entry is a key of metadata with its value.
type Entry struct {
	Key, Value string
}

func (Text) attribute()    {}
func (Texts) attribute()   {}
func (Entries) attribute() {}
