# The identity and the client secret, each by its ID or by its name: for a client secret, that is its
# description or its prefix, where no other of the identity has it. The secret itself is shown only
# once, when it is made, so an imported one has neither client_secret nor encrypted_client_secret; and
# where the configuration has recipients or rotation_triggers, the next apply makes a new secret.
terraform import machineid_universal_auth_client_secret.ci ci/GitHub
