# the account that drone is at Google
gcloud iam service-accounts create gcpdeploy-ci '--display-name=gcpdeploy on drone' --project=my-project
# with the roles of who deploys
gcpdeploy setup --deployer=serviceAccount:gcpdeploy-ci@my-project.iam.gserviceaccount.com
# a key of it, as drone makes no identity tokens that Google takes
gcloud iam service-accounts keys create key.json --iam-account=gcpdeploy-ci@my-project.iam.gserviceaccount.com --project=my-project
# which a step gets as a secret
drone secret add --repository=acme/shop --name=gcpdeploy_key --data=@key.json
# and Drone itself, to pull gcpdeploy's image
docker login --username=_json_key --password-stdin https://europe-west1-docker.pkg.dev < key.json && drone secret add --repository=acme/shop --name=gcpdeploy_registry --data=@"$HOME/.docker/config.json"
# which is then needed nowhere else
rm key.json
