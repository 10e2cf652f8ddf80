// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// membershipLocks has a *sync.Mutex for each membership of which this process changes single roles. The
// API can only replace all roles at once.
var membershipLocks sync.Map

const (
	lockFiles = 64                    // that memberships share
	lockPoll  = 20 * time.Millisecond // between attempts to lock a file
)

// LockProjectMember locks a membership against changes of single roles by this process and by other
// processes of the user on this machine: each provider configuration of a run is a process. Without a
// lock file, other processes are not locked out.
func LockProjectMember(ctx context.Context, projectID, identityID string) (unlock func()) {
	key := projectID + "/" + identityID
	lock, _ := membershipLocks.LoadOrStore(key, &sync.Mutex{})
	mutex, _ := lock.(*sync.Mutex)
	mutex.Lock()
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(key))
	file := flock.New(filepath.Join(os.TempDir(), fmt.Sprintf("terraform-provider-machineid-%d-%d.lock", os.Getuid(), hash.Sum32()%lockFiles)), flock.SetPermissions(0o600))
	if _, err := file.TryLockContext(ctx, lockPoll); err != nil {
		tflog.Debug(ctx, "The membership is not locked against other processes", map[string]any{"error": err.Error()})
	}
	return func() {
		_ = file.Close() // unlocks
		mutex.Unlock()
	}
}
