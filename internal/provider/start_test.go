// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

//go:build linux

package provider_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
)

// A provider process is started for each run and each module test, several of them at once. Of what
// is resident, most is the file of the program, which they share; how much of it the kernel maps
// around what is touched is its own affair. So the bound is on the rest.
const (
	memoryAtStart = 12 << 10 // KiB
	timeToSchema  = 5 * time.Second
)

// TestStart has the built provider handle the first request, as a CLI does, and looks at what that
// took. The bound of the time is for machines that are busy; what it takes is logged.
func TestStart(t *testing.T) {
	if _, err := built(); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	cmd, schema := requestSchema(t)
	if size := len(schema); size < 10_000 {
		t.Errorf("the schema has %d bytes", size)
	}
	took, own, all := time.Since(begun), memory(t, cmd.Process.Pid, "RssAnon:"), memory(t, cmd.Process.Pid, "VmRSS:")
	t.Logf("%s, %d KiB of its own of %d KiB resident", took, own, all)
	if took > timeToSchema || own > memoryAtStart {
		t.Errorf("the first schema took %s and %d KiB, not %s and %d KiB", took, own, timeToSchema, memoryAtStart)
	}
}

// TestLimitLog checks that the framework's log is written only at the levels that the CLI prints.
func TestLimitLog(t *testing.T) {
	for settings, want := range map[string]bool{
		"":                                 false,
		"TF_LOG=trace":                     true,
		"TF_LOG=json":                      true,
		"TF_LOG=error":                     false,
		"TF_LOG_CORE=trace":                false,
		"TF_LOG_PROVIDER=trace":            true,
		"TF_LOG=trace TF_LOG_PROVIDER=OFF": false,
		"TF_LOG=trace TF_LOG_SDK=error":    false,
	} {
		cmd, _ := requestSchema(t, strings.Fields(settings)...)
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // reads the log to its end
		if said := fmt.Sprint(cmd.Stderr); strings.Contains(said, `"tf_rpc":"GetProviderSchema"`) != want {
			t.Errorf("%q: %s", settings, said)
		}
	}
}

// requestSchema starts the built provider as a CLI does, with variables of the environment, and returns
// its schema.
func requestSchema(t *testing.T, env ...string) (*exec.Cmd, []byte) {
	t.Helper()
	dir, err := built()
	if err != nil {
		t.Fatal(err)
	}
	cmd := pluginCommand(t.Context(), dir)
	cmd.Env = slices.DeleteFunc(cmd.Env, func(variable string) bool { return strings.HasPrefix(variable, "TF_LOG") })
	cmd.Env = append(cmd.Env, env...)
	cmd.Stderr = new(bytes.Buffer)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	parts := strings.Split(strings.TrimSpace(line), "|") // 1|6|unix|address|grpc|
	if err != nil || len(parts) < 5 || parts[1] != "6" || parts[4] != "grpc" {
		t.Fatal(line, err)
	}
	conn, err := grpc.NewClient("unix:"+parts[3], grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), timeToSchema)
	defer cancel()
	var schema emptypb.Empty // keeps what it does not know
	if err := conn.Invoke(ctx, "/tfplugin6.Provider/GetProviderSchema", &emptypb.Empty{}, &schema); err != nil {
		t.Fatal(err)
	}
	return cmd, schema.ProtoReflect().GetUnknown()
}

// TestStartForNobody has Terraform killed between the start of the plugin and the plugin's first step,
// which then has no parent to miss: that nobody reads its standard output must end it.
func TestStartForNobody(t *testing.T) {
	t.Parallel()
	dir, err := built()
	if err != nil {
		t.Fatal(err)
	}
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := pluginCommand(ctx, dir)
	cmd.Stdout = in
	_ = cmd.Run()
	if ctx.Err() != nil {
		t.Error("the plugin goes on though nobody can reach it")
	}
}

// pluginCommand is the built provider as a CLI starts it.
func pluginCommand(ctx context.Context, dir string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "terraform-provider-machineid"))
	cmd.Env = append(os.Environ(), "TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2", "PLUGIN_PROTOCOL_VERSIONS=6")
	return cmd
}

// memory is an entry of what the kernel reports of a process, in KiB.
func memory(t *testing.T, pid int, entry string) (kibibytes int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), entry)
	if _, err := fmt.Sscan(rest, &kibibytes); err != nil {
		t.Fatal(err)
	}
	return kibibytes
}
