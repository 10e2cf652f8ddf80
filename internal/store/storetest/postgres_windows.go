// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package storetest

import (
	"errors"
	"os/exec"
)

func asNobody(*exec.Cmd, string) error {
	return errors.New("the tests start PostgreSQL with a shell, which is not to be had here")
}
