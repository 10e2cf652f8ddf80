// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package project_test

import (
	"os"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/providertest"
)

func TestMain(m *testing.M) { os.Exit(providertest.RunWithCLI(m.Run)) }
