package dockertest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// Compilers are the packages of the system that C extensions take.
var Compilers = []string{"gcc", "libc6-dev", "make", "python3-dev"}

// Having gives the name of an image that is Image with more packages of the
// system. Installing compilers takes longer than most tests, so those alone that
// are about installing them start without. The image stays, as Image does, and
// Docker makes it once, however many ask.
func Having(ctx context.Context, packages ...string) (string, error) {
	command, err := docker.Command(ctx)
	if err != nil {
		return "", err
	}
	text := "FROM " + Image() + `
RUN --mount=type=secret,id=ca,mode=0444 if [ -s /run/secrets/ca ]; then set -- -o Acquire::https::CAInfo=/run/secrets/ca; fi && \
    apt-get "$@" -qq update && apt-get "$@" install -qq -y --no-install-recommends ` + strings.Join(packages, " ") + ` && \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb
`
	name := fmt.Sprintf("gcpdeploy.local/test:%.12x", sha256.Sum256([]byte(text)))
	args := []string{"build", "-q", "--network", "host", "-t", name}
	if ca := os.Getenv("SSL_CERT_FILE"); ca != "" {
		args = append(args, "--secret", "id=ca,src="+ca)
	}
	c := exec.CommandContext(ctx, command, append(args, "-")...)
	c.Env = append(os.Environ(), "DOCKER_BUILDKIT=1")
	c.Stdin = strings.NewReader(text)
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("making an image that has %s: %w\n%s", strings.Join(packages, " "), err, out)
	}
	return name, nil
}
