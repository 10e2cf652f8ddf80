// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

// Attributes are what is known of the object that is asked about, by condition key.
type Attributes map[string]Attribute

// Attribute is one of Text, Texts and Entries.
type Attribute interface{ attribute() }

// Text is the attribute of most keys: environment, secretPath, identityId, …
type Text string

// Texts is the attribute of secretTags.
type Texts []string

// Entries is the attribute of metadata.
type Entries []Entry

// Entry is one pair of metadata.
type Entry struct {
	Key, Value string
}

func (Text) attribute()    {}
func (Texts) attribute()   {}
func (Entries) attribute() {}
