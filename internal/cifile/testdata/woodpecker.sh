# the account that woodpecker is at Google
gcloud iam service-accounts create gcpdeploy-ci '--display-name=gcpdeploy on woodpecker' --project=my-project
# with the roles of who deploys
gcpdeploy setup --deployer=serviceAccount:gcpdeploy-ci@my-project.iam.gserviceaccount.com
# a key of it, as woodpecker makes no identity tokens that Google takes
gcloud iam service-accounts keys create key.json --iam-account=gcpdeploy-ci@my-project.iam.gserviceaccount.com --project=my-project
# which a step gets as a secret
woodpecker-cli repo secret add --repository=acme/shop --name=gcpdeploy_key --event=push --event=pull_request --value=@key.json
# and Woodpecker itself, to pull gcpdeploy's image
woodpecker-cli repo registry add --repository=acme/shop --hostname=europe-west1-docker.pkg.dev --username=_json_key --password=@key.json
# which is then needed nowhere else
rm key.json
