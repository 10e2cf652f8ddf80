// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package storetest

import (
	"errors"
	"os/exec"
)

func asUnprivileged(*exec.Cmd, string) error {
	return errors.New("the tests start PostgreSQL with a shell, which Windows does not have")
}
