"""Columns are understood in many languages, and asked about where they could be two things."""

from __future__ import annotations

import pyarrow as pa
import pytest

from spillkit.directory.mapping import Mapping, guess_mapping, parse_said
from spillkit.errors import DirectoryError


def mapping_of(header: str, *rows: str, said: str = "") -> Mapping:
    names = header.split(";")
    cells = [row.split(";") for row in rows] or [[""] * len(names)]
    batch = pa.RecordBatch.from_arrays([pa.array(column, pa.string()) for column in zip(*cells)], names=names)
    return guess_mapping(names, batch, parse_said([said] if said else []))


def roles(mapping: Mapping) -> str:
    return " ".join(column.role.value + (f":{column.group}" if column.group else "") for column in mapping.columns)


HEADERS = {
    "English": (
        "customer_id;First Name;Last Name;E-mail;Mobile;ZIP code",
        "id given_name family_name email phone postcode",
    ),
    "camel case": ("customerId;firstName;emailAddress;dateOfBirth", "id given_name email birth_date"),
    "German, where Name is the family name": (
        "Kundennummer;Name;Vorname;E-Mail-Adresse;Straße;PLZ;Ort;Land",
        "id family_name given_name email street postcode city country",
    ),
    "French": (
        "N° client;Nom;Prénom;Courriel;Code postal;Ville;Pays",
        "id family_name given_name email postcode city country",
    ),
    "Italian, where Nome is the given name": (
        "codice cliente;Cognome;Nome;Cellulare;CAP",
        "id family_name given_name phone postcode",
    ),
    "Spanish": ("id_cliente;Nombre;Apellidos;Correo electrónico;Teléfono", "id given_name family_name email phone"),
    "Portuguese": ("id cliente;Nome completo;Telemóvel;Morada;Cidade", "id name phone address city"),
    "Polish": (
        "numer klienta;imię;nazwisko;numer telefonu;kod pocztowy;miasto",
        "id given_name family_name phone postcode city",
    ),
    "Turkish": ("müşteri no;ad;soyad;e-posta;cep telefonu;ülke", "id given_name family_name email phone country"),
    "Japanese": ("会員番号;氏名;メールアドレス;電話番号;郵便番号;住所", "id name email phone postcode address"),
    "Arabic": ("رقم العميل;الاسم الكامل;البريد الإلكتروني;الهاتف;البلد", "id name email phone country"),
    "Russian": ("ID клиента;Имя;Фамилия;Телефон;Город", "id given_name family_name phone city"),
    "Korean": ("고객번호;이름;이메일;휴대폰;주소", "id name email phone address"),
    "Chinese": ("客户编号;姓名;邮箱;手机;城市", "id name email phone city"),
    "two addresses": (
        "id;billing_street;billing_city;shipping_street;shipping_city",
        "id street:billing city:billing street:shipping city:shipping",
    ),
    "several e-mail and phone columns": (
        "id;email;email 2;work_email;tel;mobile",
        "id email email:2 email:work phone phone",
    ),
    "a weak id is taken where there is no other": ("user_id;email", "id email"),
    "and left where there is": ("user_id;customer_id;email", "id email"),
}


@pytest.mark.parametrize(("header", "expected"), HEADERS.values(), ids=HEADERS)
def test_column_names_are_understood(header: str, expected: str) -> None:
    assert roles(mapping_of(header)) == expected


def test_a_column_full_of_addresses_is_an_email_column_whatever_its_name() -> None:
    rows = ["c_1;a@example.org;+49 30 1234567", "c_2;b@example.org;+49 30 1234568"]
    assert roles(mapping_of("id;login;col 7", *rows)) == "id email phone"


def test_what_is_said_counts_more_than_any_guess() -> None:
    mapping = mapping_of("id;email;Mail2;nickname;notes", said="email=mail2,name=nickname,ignore=email")
    assert [(c.name, c.role.value) for c in mapping.columns] == [("id", "id"), ("Mail2", "email"), ("nickname", "name")]
    assert mapping.ignored == ("email", "notes")


def test_an_own_token_column_can_be_said() -> None:
    assert roles(mapping_of("id;email;last order", said="order=last order")) == "id email order"


REFUSED = {
    "no id": ("first;email", "", "No column looks like the id"),
    "two ids": ("id;customer_id;email", "", "2 columns could be the id: id, customer_id"),
    "two cities": ("id;city;town;street", "", "2 columns could be the city"),
    "nothing but the id": ("id;foo", "", "nothing to look for"),
    "an unknown role": ("id;email", "mail=email", "ROLE=COLUMN"),
    "an unknown column": ("id;email", "name=Nom", "no column of the name"),
}


@pytest.mark.parametrize(("header", "said", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_clear_is_asked_for(header: str, said: str, words: str) -> None:
    with pytest.raises(DirectoryError, match=words):
        mapping_of(header, said=said)


def test_a_column_name_cannot_drive_the_terminal() -> None:
    with pytest.raises(DirectoryError) as caught:
        mapping_of("foo;\x1b[31mbar\u202e")
    assert "\x1b" not in str(caught.value)
    assert "\u202e" not in str(caught.value)
