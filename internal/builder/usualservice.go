package builder

import (
	"maps"
	"path"
	"strings"
)

// known is what is known of an image by its name.
type known struct {
	port   int
	unless string // variables that begin so say how it starts
	env    map[string]string
}

// usual is what services of well-known images listen on, and what lets them start
// without a password where nobody says otherwise: they are reached by the tests alone.
var usual = map[string]known{
	"postgres":  {5432, "POSTGRES_", map[string]string{"POSTGRES_HOST_AUTH_METHOD": "trust"}},
	"postgis":   {5432, "POSTGRES_", map[string]string{"POSTGRES_HOST_AUTH_METHOD": "trust"}},
	"mysql":     {3306, "MYSQL_", map[string]string{"MYSQL_ALLOW_EMPTY_PASSWORD": "yes", "MYSQL_DATABASE": "test"}},
	"mariadb":   {3306, "MARIADB_", map[string]string{"MARIADB_ALLOW_EMPTY_ROOT_PASSWORD": "yes", "MARIADB_DATABASE": "test"}},
	"redis":     {port: 6379},
	"valkey":    {port: 6379},
	"memcached": {port: 11211},
	"mongo":     {port: 27017},
	"rabbitmq":  {port: 5672},
}

// over is the environment of a service, which holds, with what lets it start.
func (k known) over(own map[string]string) map[string]string {
	env := maps.Clone(own)
	if env == nil {
		env = map[string]string{}
	}
	for name := range own {
		if k.unless != "" && strings.HasPrefix(name, k.unless) {
			return env
		}
	}
	maps.Copy(env, k.env)
	return env
}

// imageName is the last part of an image's name: postgres of docker.io/library/postgres:16.
func imageName(ref string) string {
	name, _, _ := strings.Cut(path.Base(strings.SplitN(ref, "@", 2)[0]), ":")
	return name
}
