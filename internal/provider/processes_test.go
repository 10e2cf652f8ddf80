// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

//go:build linux

package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// providersOf are the processes of the provider that a process of the CLI has started.
func providersOf(cli int) []int {
	var pids []int
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range stats {
		content, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		name, rest, _ := strings.Cut(string(content), ") ")
		fields := strings.Fields(rest)
		if strings.Contains(name, "(terraform-provi") && len(fields) > 1 && fields[1] == strconv.Itoa(cli) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			pids = append(pids, pid)
		}
	}
	return pids
}

// peakMemory watches the providers of a process of the CLI until it is stopped, and returns the
// most memory that one of them ever had, in MB.
func peakMemory(cli int, stop <-chan struct{}) float64 {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	most := 0
	for {
		for _, pid := range providersOf(cli) {
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			if _, rest, found := strings.Cut(string(status), "VmHWM:"); found {
				kB := 0
				if _, err := fmt.Sscan(rest, &kB); err == nil {
					most = max(most, kB)
				}
			}
		}
		select {
		case <-stop:
			return float64(most) / 1024
		case <-ticker.C:
		}
	}
}
