package worker

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// writeCredentials puts the logins into the configuration of both docker clients,
// the steps' own and this process's, and the token into the steps' home.
func (s *Setup) writeCredentials() error {
	if s.Logins != nil {
		if err := writeLogins(filepath.Join(s.Home, ".docker"), s.Logins, ""); err != nil {
			return err
		}
		if err := writeLogins(s.DockerConfig, s.Logins, plugins()); err != nil {
			return err
		}
	}
	if s.Token == "" {
		return nil
	}
	return atomicfile.Write(filepath.Join(s.Home, ".config", "access_token"), []byte(s.Token), 0o600)
}

// writeLogins writes a docker config.json in the form Cloud Build gives to its
// steps. The user's own docker configuration is not used, apart from where its
// plugins are: clients on the host need to know.
func writeLogins(dir string, logins map[string]docker.Auth, plugins string) error {
	type auth struct {
		Auth string `json:"auth"`
	}
	config := struct {
		Auths   map[string]auth `json:"auths"`
		Plugins []string        `json:"cliPluginsExtraDirs,omitempty"`
	}{Auths: map[string]auth{}}
	for registry, a := range logins {
		config.Auths[registry] = auth{base64.StdEncoding.EncodeToString([]byte(a.Username + ":" + a.Password))}
	}
	if plugins != "" {
		config.Plugins = []string{plugins}
	}
	data, err := json.MarshalIndent(config, "", "\t")
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(dir, "config.json"), append(data, '\n'), 0o600)
}

// plugins is the user's own folder of docker's plugins, or "".
func plugins() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	dir := filepath.Join(home, ".docker", "cli-plugins")
	if _, err := os.Stat(dir); err != nil {
		return ""
	}
	return dir
}
