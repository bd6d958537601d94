#!/usr/bin/env python3
"""Runs a program as if the clouds were here: starts the emulator, points the usual variables at it, runs, stops it.

usage: with_emulator.py EMULATOR PROGRAM [ARGUMENT...]

The program sees the emulator as SageMaker and S3 (AWS_* variables), as Azure ML (AUGUR_AZURE_ML_URL, AUGUR_AZURE_ML_KEY),
Azure OpenAI, Entra (AZURE_*) and Blob storage (AUGUR_BLOB_URL), and nothing of the machine's own set-up for these. The
status is the program's.
"""
import json
import os
import subprocess
import sys
import tempfile

import emulator_process


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    with tempfile.TemporaryFile("w+") as log:
        emulator, told = emulator_process.start(sys.argv[1], log=log)
        try:
            if not told:
                log.seek(0)
                sys.exit("the emulator did not become ready:\n" + log.read())
            ready = json.loads(told)
            environment = {k: v for k, v in os.environ.items()
                           if not k.startswith(("AWS_", "AZURE_", "OPENAI_"))}
            environment.update({
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                "AWS_REGION": ready["region"],
                "AWS_ACCESS_KEY_ID": ready["access_key"],
                "AWS_SECRET_ACCESS_KEY": ready["secret_key"],
                "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": ready["url"],
                "AWS_ENDPOINT_URL_S3": ready["url"],
                "AWS_CA_BUNDLE": ready["ca"],
                "SSL_CERT_FILE": ready["ca"],
                "AUGUR_AZURE_ML_URL": ready["azure_url"],
                "AUGUR_AZURE_ML_KEY": ready["azure_key"],
                "AZURE_AUTHORITY_HOST": ready["url"],
                "AZURE_TENANT_ID": ready["entra_tenant"],
                "AZURE_CLIENT_ID": ready["entra_client_id"],
                "AZURE_CLIENT_SECRET": ready["entra_client_secret"],
                "AZURE_OPENAI_ENDPOINT": ready["url"],
                "AZURE_OPENAI_API_KEY": ready["azure_openai_key"],
                "AUGUR_BLOB_URL": ready["url"] + "/auguraccount",
            })
            return subprocess.run(sys.argv[2:], env=environment).returncode
        finally:
            emulator.terminate()
            emulator.wait()


sys.exit(main())
