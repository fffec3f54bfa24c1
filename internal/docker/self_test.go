package docker

import (
	"strings"
	"testing"
)

func TestContainerOf(t *testing.T) {
	t.Parallel()
	id := strings.Repeat("0123456789abcdef", 4)
	for name, c := range map[string]struct{ mounts, want string }{
		"in a container": {"610 600 0:52 / / rw - overlay overlay rw\n" +
			"620 610 8:1 /var/lib/docker/containers/" + id + "/resolv.conf /etc/resolv.conf rw - ext4 /dev/sda1 rw\n", id},
		"on a disk of its own": {"620 610 8:2 /containers/" + id + "/hostname /etc/hostname rw - ext4 /dev/sdb rw\n", id},
		// The machine that containers run on sees their mounts, and is in none of them.
		"beside containers": {"99 1 0:52 / /var/lib/docker/containers/" + id + "/mounts/shm rw - tmpfs shm rw\n", ""},
		"a name of its own": {"620 610 8:1 /srv/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n", ""},
		"cut off":           {"620 610\n", ""},
	} {
		if got := containerOf(strings.NewReader(c.mounts)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
