package docker

import (
	"bufio"
	"context"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Self is the container that this process runs in. ok is false where it runs in
// none. The error is of kind NotFound where it runs in one that this engine does
// not have: then the engine sees no file of ours.
func (c *Client) Self(ctx context.Context) (self State, ok bool, err error) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return State{}, false, nil // not Linux: containers are
	}
	defer f.Close()
	id := containerOf(f)
	if id == "" {
		if _, err := os.Stat("/.dockerenv"); err != nil {
			return State{}, false, nil
		}
		return State{}, true, errs.New(errs.NotFound, "", "this container's id cannot be found out")
	}
	self, err = c.Inspect(ctx, id)
	return self, true, err
}

// containerID is in the path of the files that an engine makes for each container.
var containerID = regexp.MustCompile(`/([0-9a-f]{64})/`)

// containerOf reads from a table of mounts (proc_pid_mountinfo(5)) which container
// it is of: an engine mounts the name files of each from its own folder. "" = none.
func containerOf(mountinfo io.Reader) string {
	names := []string{"/etc/hostname", "/etc/hosts", "/etc/resolv.conf"}
	lines := bufio.NewScanner(mountinfo)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 5 || !slices.Contains(names, fields[4]) {
			continue
		}
		if m := containerID.FindStringSubmatch(fields[3]); m != nil {
			return m[1]
		}
	}
	return ""
}
