package worker

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// registryAuth reads the credentials for an image's registry from the
// config.json in dir, as docker does: by host, with or without a scheme. No
// file and no entry mean anonymous.
func registryAuth(dir, image string) (docker.Auth, error) {
	if dir == "" {
		return docker.Auth{}, nil
	}
	data, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return docker.Auth{}, nil
	}
	if err != nil {
		return docker.Auth{}, fmt.Errorf("reading the registry credentials: %w", err)
	}
	var config struct {
		Auths map[string]struct {
			Auth, Username, Password string
		}
	}
	if err := json.Unmarshal(data, &config); err != nil {
		return docker.Auth{}, fmt.Errorf("reading the registry credentials in %s: %w", dir, err)
	}
	host := registryHost(image)
	for _, key := range []string{host, "https://" + host, "http://" + host, "https://" + host + "/v1/", "https://" + host + "/v2/"} {
		a, ok := config.Auths[key]
		if !ok {
			continue
		}
		if a.Auth == "" {
			return docker.Auth{Username: a.Username, Password: a.Password}, nil
		}
		plain, err := base64.StdEncoding.DecodeString(a.Auth)
		if err != nil {
			return docker.Auth{}, fmt.Errorf("the credentials for %s are not base64", host)
		}
		user, password, _ := strings.Cut(string(plain), ":")
		return docker.Auth{Username: user, Password: password}, nil
	}
	return docker.Auth{}, nil
}

// registryHost is the registry of an image's name, Docker Hub's where it
// names none.
func registryHost(image string) string {
	host, _, ok := strings.Cut(image, "/")
	if ok && (strings.ContainsAny(host, ".:") || host == "localhost") {
		return host
	}
	return "index.docker.io"
}
