// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// patience is how long a process may take to end in order.
const patience = 10 * time.Second

// process runs in a group of its own: a Ctrl-C reaches the demo alone, which stops things in
// order, and what a process has started goes with it.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has ended, and err is set
	err   error
}

// start runs a command. When its context ends, the process is asked to end, and at last made to.
func start(cmd *exec.Cmd) (*process, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = patience
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, ended: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// gone is an error if the process has ended.
func (p *process) gone() error {
	select {
	case <-p.ended:
		return errors.Join(errors.New("the process has ended"), p.err)
	default:
		return nil
	}
}

// stop asks the process to end, waits, and at last makes it.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.kill()
		<-p.ended
	}
}

// kill ends what the process has started, and itself.
func (p *process) kill() { _ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) }

// commandError is a program that failed, with what it said.
type commandError struct {
	what, output string
}

func (e *commandError) Error() string { return e.what }

func failed(name string, err error, output string) error {
	return &commandError{fmt.Sprintf("%s: %v", name, err), output}
}
