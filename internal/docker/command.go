package docker

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Command finds a docker command on this machine that can do BuildKit builds
// with DOCKER_BUILDKIT=1: 18.09 to 22 have BuildKit built in, 23 and later
// need the buildx plugin. It looks at every docker on PATH, then in /usr/bin
// and /usr/local/bin, and costs two short processes per candidate, so callers
// keep the answer.
func Command(ctx context.Context) (string, error) {
	dirs := append(filepath.SplitList(os.Getenv("PATH")), "/usr/bin", "/usr/local/bin")
	return findCommand(ctx, dirs)
}

func findCommand(ctx context.Context, dirs []string) (string, error) {
	var rejected []string
	var seen []os.FileInfo
next:
	for _, dir := range dirs {
		path := filepath.Join(dir, "docker")
		info, err := os.Stat(path)
		if err != nil || !filepath.IsAbs(path) || info.IsDir() || info.Mode()&0o111 == 0 {
			continue
		}
		for _, s := range seen {
			if os.SameFile(s, info) {
				continue next
			}
		}
		seen = append(seen, info)
		reason := canBuild(ctx, path)
		if reason == "" {
			return path, nil
		}
		if ctx.Err() != nil {
			return "", errs.New(errs.Internal, "", "looking for a docker command: %w", context.Cause(ctx))
		}
		rejected = append(rejected, path+" "+reason)
	}
	if rejected == nil {
		return "", errs.New(errs.Internal, "Install one: `sudo apt-get install docker.io` on Debian, or https://docs.docker.com/engine/install/.",
			"there is no docker command on this machine")
	}
	return "", errs.New(errs.Internal,
		"Install the buildx plugin: `sudo apt-get install docker-buildx` (Docker's own packages: docker-buildx-plugin), or Debian's docker.io.",
		"no docker command here can do BuildKit builds: %s", strings.Join(rejected, "; "))
}

var versionText = regexp.MustCompile(`^Docker version (\d+)\.(\d+)`)

// canBuild says why a docker command cannot do BuildKit builds, or "".
func canBuild(ctx context.Context, path string) string {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return fmt.Sprintf("does not run (%v)", err)
	}
	m := versionText.FindStringSubmatch(string(out))
	if m == nil {
		return fmt.Sprintf("is not Docker's client (%.60q)", strings.TrimSpace(string(out)))
	}
	major, _ := strconv.Atoi(m[1])
	minor, _ := strconv.Atoi(m[2])
	if major < 18 || (major == 18 && minor < 9) {
		return fmt.Sprintf("is version %d.%02d, older than 18.09", major, minor)
	}
	if major < 23 {
		return ""
	}
	if err := exec.CommandContext(ctx, path, "buildx", "version").Run(); err != nil {
		return fmt.Sprintf("is version %d without the buildx plugin", major)
	}
	return ""
}
